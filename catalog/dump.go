package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// Dump writes what the heads and runs of a tenant lead to, opened, as lines of JSON in an order of their own: two
// folders that hold the same history and results give the same bytes. It has the plain hashes of content; it has no
// times of our clock, revisions, jobs, logs of refs, secrets, random ids or HMACs. Repositories stand there by name, pushes
// by a hash of what they say. What is damaged is ErrCorrupt. c must be freshly opened.
func (c *Catalog) Dump(ctx context.Context, w io.Writer) error {
	d := &dumper{c: c, out: json.NewEncoder(w), blobs: map[behavepro.SHA]bool{}, names: map[behavepro.RepositoryID]string{}}
	d.out.SetEscapeHTML(false)
	repos, err := c.Repositories(ctx)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	for _, repo := range repos {
		d.names[repo.ID] = repo.Name
	}
	under, err := c.nameless(ctx)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	for _, repo := range append(repos, under...) {
		if err := d.repository(ctx, repo); err != nil {
			return fmt.Errorf("dump %s: %w", repo.Name, err)
		}
	}
	if err := d.documents(ctx); err != nil {
		return fmt.Errorf("dump feature files: %w", err)
	}
	return nil
}

// nameless lists the names, made by ForProjects, under which pushes wait that named no repository.
func (c *Catalog) nameless(ctx context.Context) ([]*Repository, error) {
	var all []*Repository
	r := store.Range{From: noRepository, To: noRepository + "\xff", KeysOnly: true}
	for record, err := range c.scope.Scan(ctx, kindPush, r) {
		if err != nil {
			return nil, err
		}
		if name := record.Key[0]; len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, &Repository{ID: behavepro.RepositoryID(name), Name: name})
		}
	}
	return all, nil
}

// dumper is one dump.
type dumper struct {
	c     *Catalog
	out   *json.Encoder
	names map[behavepro.RepositoryID]string
	blobs map[behavepro.SHA]bool // of all repositories: they share them

	*survey // of the current repository
}

func refuse(what string) error {
	return behavepro.Explain(behavepro.ErrCorrupt, what, "`syncd store check` tells all that is damaged")
}

func (d *dumper) repository(ctx context.Context, repo *Repository) error {
	d.survey = newSurvey(d.c, repo, refuse)
	if err := d.survey.run(ctx); err != nil {
		return err
	}
	maps.Copy(d.blobs, d.survey.blobs)
	for _, part := range []func(context.Context) error{
		d.settings, d.history, d.allTrees, d.allIdentities, d.mentions, d.places, d.problems, d.results,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// dumpLine is what every line begins with.
type dumpLine struct {
	Kind       string `json:"kind"`
	Repository string `json:"repository,omitempty"`
}

func (d *dumper) line(kind string) dumpLine { return dumpLine{kind, d.repo.Name} }

func (d *dumper) settings(context.Context) error {
	if d.repo.Rev == 0 {
		return nil // stands for pushes that named none
	}
	r := d.repo
	err := d.out.Encode(struct {
		dumpLine
		First    string                 `json:"first"`
		Projects []behavepro.ProjectKey `json:"projects"`
		Branches []string               `json:"branches"`
		Path     string                 `json:"path"`
		Links    []string               `json:"links"`
	}{d.line("repository"), r.First, r.Projects, r.Branches, r.Path, r.Links})
	if err != nil || d.head.RefSet.IsZero() {
		return err
	}
	return d.out.Encode(struct {
		dumpLine
		RefSet  behavepro.Hash `json:"refSet"`
		Default string         `json:"default"`
		View    View           `json:"view"`
	}{d.line("head"), d.head.RefSet, d.head.Default, d.head.View})
}

// history writes refs and commits.
func (d *dumper) history(context.Context) error {
	for _, r := range d.refs {
		err := d.out.Encode(struct {
			dumpLine
			Name   string        `json:"name"`
			Commit behavepro.SHA `json:"commit"`
		}{d.line("ref"), r.Name, r.SHA})
		if err != nil {
			return err
		}
	}
	for _, sha := range slices.SortedFunc(maps.Keys(d.commits), behavepro.CompareSHA) {
		c := d.commits[sha]
		err := d.out.Encode(struct {
			dumpLine
			Commit  behavepro.SHA   `json:"commit"`
			Parents []behavepro.SHA `json:"parents"`
			Time    int64           `json:"time"` // Git's
			GitTree behavepro.SHA   `json:"gitTree"`
			Tree    behavepro.Hash  `json:"tree"`
		}{d.line("commit"), sha, c.Parents, c.Time, c.GitTree, c.Tree})
		if err != nil {
			return err
		}
	}
	return nil
}

type dumpedEntry struct {
	Name     string         `json:"name"`
	Tree     behavepro.Hash `json:"tree,omitzero"`
	Blob     behavepro.SHA  `json:"blob,omitzero"`
	Identity behavepro.Hash `json:"identity,omitzero"`
	Broken   bool           `json:"broken,omitempty"`
}

func (d *dumper) allTrees(ctx context.Context) error {
	read := func(hashes ...behavepro.Hash) ([]*Tree, error) { return d.c.Trees(ctx, d.repo.ID, hashes...) }
	return readEach(d.survey, "tree", sortedHashes(d.trees), read, func(h behavepro.Hash, t *Tree) error {
		entries := make([]dumpedEntry, len(t.Entries))
		for i, e := range t.Entries {
			entries[i] = dumpedEntry(e)
		}
		return d.out.Encode(struct {
			dumpLine
			Tree    behavepro.Hash `json:"tree"`
			Entries []dumpedEntry  `json:"entries"`
		}{d.line("tree"), h, entries})
	})
}

func (d *dumper) allIdentities(ctx context.Context) error {
	type scenario struct {
		Lineage behavepro.Lineage `json:"lineage"`
		Rows    []behavepro.RowID `json:"rows,omitempty"`
	}
	hashes := slices.SortedFunc(maps.Keys(d.identities), compareHash)
	return readEach(d.survey, "identity", hashes, d.readIdentity(ctx), func(h behavepro.Hash, id *model.Identity) error {
		scenarios := make([]scenario, len(id.Scenarios))
		for i, s := range id.Scenarios {
			scenarios[i] = scenario(s)
		}
		return d.out.Encode(struct {
			dumpLine
			Identity  behavepro.Hash `json:"identity"`
			Scenarios []scenario     `json:"scenarios"`
		}{d.line("identity"), h, scenarios})
	})
}

// mentions writes the mentions that a file of a reached commit makes; others were left by commits that are gone.
func (d *dumper) mentions(ctx context.Context) error {
	made, err := d.mentioned(ctx)
	if err != nil {
		return err
	}
	for r, err := range d.c.scope.Scan(ctx, kindMention, store.Range{Prefix: store.Key{string(d.repo.ID)}, KeysOnly: true}) {
		if err != nil {
			return err
		}
		m := mention{r.Key[1], r.Key[2]}
		if !made[m] {
			continue
		}
		err := d.out.Encode(struct {
			dumpLine
			Word string `json:"word"`
			Path string `json:"path"`
		}{d.line("mention"), m.word, m.path})
		if err != nil {
			return err
		}
	}
	return nil
}

// places writes the paths of reached commits that lineages were at.
func (d *dumper) places(ctx context.Context) error {
	paths := map[behavepro.Lineage]map[string]bool{}
	err := d.lineages(ctx, func(l behavepro.Lineage, path string) {
		if paths[l] == nil {
			paths[l] = map[string]bool{}
		}
		paths[l][path] = true
	})
	if err != nil {
		return err
	}
	order := slices.SortedFunc(maps.Keys(paths), compareLineage)
	read := func(ls ...behavepro.Lineage) ([]Place, error) { return d.c.Places(ctx, d.repo.ID, ls...) }
	return readEach(d.survey, "place", order, read, func(l behavepro.Lineage, p Place) error {
		held := slices.DeleteFunc(slices.Clone(p.Paths), func(path string) bool { return !paths[l][path] })
		slices.Sort(held)
		return d.out.Encode(struct {
			dumpLine
			Lineage behavepro.Lineage `json:"lineage"`
			Paths   []string          `json:"paths"`
		}{d.line("place"), l, held})
	})
}

func compareLineage(a, b behavepro.Lineage) int { return slices.Compare(a[:], b[:]) }

// problems writes what could not be read of reached commits.
func (d *dumper) problems(ctx context.Context) error {
	all, err := d.c.Problems(ctx, d.repo.ID)
	if err != nil && !errors.Is(err, behavepro.ErrCorrupt) {
		return err
	}
	if err != nil {
		return refuse(err.Error())
	}
	for _, p := range all {
		if d.commits[p.Commit] == nil || strings.HasPrefix(p.ID, "push-") {
			continue // of the server, or of results that wait
		}
		err := d.out.Encode(struct {
			dumpLine
			Commit  behavepro.SHA `json:"commit"`
			Path    string        `json:"path"`
			Message string        `json:"message"`
		}{d.line("problem"), p.Commit, p.Path, p.Message})
		if err != nil {
			return err
		}
	}
	return nil
}

// documents writes the feature files of all repositories.
func (d *dumper) documents(ctx context.Context) error {
	if d.survey == nil {
		return nil
	}
	return d.survey.documents(ctx, d.blobs, func(sha behavepro.SHA, doc *gherkin.Document) error {
		return d.out.Encode(struct {
			dumpLine
			Blob     behavepro.SHA     `json:"blob"`
			Body     behavepro.Hash    `json:"body"` // of the encoded document: texts of no encoding differ here
			Document *gherkin.Document `json:"document"`
		}{dumpLine{Kind: "blob"}, sha, behavepro.Sum(string(gherkin.Encode(doc))), doc})
	})
}
