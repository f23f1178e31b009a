// Package catalogtest builds commit histories straight through the catalog's change functions, without Git, for tests of
// what reads them. Its lineages are simple: a scenario keeps that of a parent's scenario with equal body or equal name.
package catalogtest

import (
	"context"
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

// History is a repository that a test writes commit by commit.
type History struct {
	T       testing.TB
	Catalog *catalog.Catalog
	Repo    *catalog.Repository
	Head    catalog.Head

	fence   int64
	time    int64
	revive  behavepro.Lineage
	commits map[behavepro.SHA]map[string]file
	places  map[behavepro.Lineage]*catalog.Place
}

type file struct {
	blob     behavepro.SHA
	document *gherkin.Document
	identity *model.Identity
}

// Open opens a catalog on a fresh store.
func Open(t testing.TB) *catalog.Catalog {
	t.Helper()
	return catalog.Open(storetest.NewScope(t, catalog.Kinds()...))
}

// New adds a repository to a catalog.
func New(t testing.TB, c *catalog.Catalog, name string, projects ...behavepro.ProjectKey) *History {
	t.Helper()
	h := &History{
		T:       t,
		Catalog: c,
		commits: map[behavepro.SHA]map[string]file{},
		places:  map[behavepro.Lineage]*catalog.Place{},
		time:    1_700_000_000,
	}
	h.Repo = &catalog.Repository{
		ID:       behavepro.RepositoryID("id-" + name),
		Name:     name,
		First:    name,
		URL:      "https://git.example.com/" + name,
		Projects: projects,
		Added:    time.Unix(h.time, 0),
	}
	if err := c.PutRepository(context.Background(), h.Repo); err != nil {
		t.Fatal(err)
	}
	return h
}

// Commit writes a commit with these files in all, by path, and returns its SHA. Each commit is a minute later.
func (h *History) Commit(files map[string]string, parents ...behavepro.SHA) behavepro.SHA {
	h.T.Helper()
	return h.CommitAs(behavepro.SHA{}, files, parents...)
}

// CommitAs is Commit for a SHA that is given, as where several repositories hold one commit.
func (h *History) CommitAs(sha behavepro.SHA, files map[string]string, parents ...behavepro.SHA) behavepro.SHA {
	h.T.Helper()
	h.time += 60
	own := map[string]file{}
	var changes []store.Change
	hash := sha1.New()
	fmt.Fprint(hash, h.Repo.Name, h.time, parents)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		text := files[path]
		fmt.Fprint(hash, path, len(text), text)
		blob := BlobOf(text)
		if strings.HasSuffix(path, ".feature.md") {
			own[path] = file{blob: blob}
			continue
		}
		doc := gherkin.Parse(path, []byte(text))
		id := h.identify(path, doc, own, parents)
		own[path] = file{blob, doc, id}
		changes = append(
			changes,
			h.Catalog.DocumentChange(blob, doc, catalog.DayOf(time.Unix(h.time, 0)), 0),
			h.Catalog.IdentityChange(h.Repo.ID, catalog.IdentityHash(id), id),
		)
		words, _ := gherkin.Mentions(doc)
		for _, word := range words {
			changes = append(changes, catalog.MentionChange(h.Repo.ID, word, path))
		}
	}
	root := h.tree(own, "", &changes)
	if sha.IsZero() {
		sha = behavepro.SHA(hash.Sum(nil))
	}
	commit := &catalog.Commit{SHA: sha, Parents: parents, Time: h.time, Tree: root}
	h.commits[commit.SHA] = own
	changes = append(changes, h.Catalog.CommitChange(h.Repo.ID, h.Repo.View(), commit))
	if _, err := h.Catalog.Write(context.Background(), store.Relaxed, changes...); err != nil {
		h.T.Fatal(err)
	}
	return commit.SHA
}

// Branch points branches at commits, the first name being the default, and publishes them.
func (h *History) Branch(byDefault string, refs map[string]behavepro.SHA) catalog.At {
	h.T.Helper()
	ctx := context.Background()
	h.fence++
	head, err := h.Catalog.TakeHead(ctx, h.Repo.ID, h.fence)
	if err != nil {
		h.T.Fatal(err)
	}
	var list []catalog.Ref
	for name, sha := range refs {
		list = append(list, catalog.Ref{Name: name, SHA: sha})
	}
	if head.RefSet, err = h.Catalog.PutRefSet(ctx, h.Repo.ID, list); err != nil {
		h.T.Fatal(err)
	}
	head.Default, head.Synced, head.View = byDefault, h.time*1000+h.fence, h.Repo.View()
	if h.Head, err = h.Catalog.PutHead(ctx, h.Repo.ID, head); err != nil {
		h.T.Fatal(err)
	}
	return h.At(byDefault)
}

// At resolves a branch or commit.
func (h *History) At(ref string) catalog.At {
	h.T.Helper()
	at, err := h.Catalog.Resolve(context.Background(), h.Repo, ref)
	if err != nil {
		h.T.Fatal(err)
	}
	return at
}

// Lineage returns that of the scenario with a name at a commit.
func (h *History) Lineage(commit behavepro.SHA, name string) behavepro.Lineage {
	h.T.Helper()
	for _, f := range h.commits[commit] {
		if f.document == nil || f.document.Feature == nil {
			continue
		}
		for i := range f.document.Feature.Scenarios {
			if f.document.Feature.Scenarios[i].Name == name {
				return f.identity.Scenarios[i].Lineage
			}
		}
	}
	h.T.Fatalf("no scenario %q at %s", name, commit)
	return behavepro.Lineage{}
}

// Revive gives a lineage to the next scenario that would be new, as a revert does.
func (h *History) Revive(l behavepro.Lineage) { h.revive = l }

// BlobOf names a text as Git does.
func BlobOf(text string) behavepro.SHA {
	return behavepro.SHA(sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(text), text))))
}

func (h *History) identify(path string, doc *gherkin.Document, own map[string]file, parents []behavepro.SHA) *model.Identity {
	id := &model.Identity{}
	if doc.Feature == nil {
		return id
	}
	taken := map[behavepro.Lineage]bool{}
	for _, f := range own {
		if f.identity == nil {
			continue
		}
		for _, s := range f.identity.Scenarios {
			taken[s.Lineage] = true
		}
	}
	for i := range doc.Feature.Scenarios {
		l := h.inherit(doc.Feature, i, parents, taken)
		if l.IsZero() {
			l, h.revive = h.revive, behavepro.Lineage{}
		}
		for n := 0; l.IsZero() || taken[l]; n++ {
			l = behavepro.Lineage(behavepro.Sum("lineage", h.Repo.First, path, doc.Feature.Scenarios[i].Name, fmt.Sprint(n)))
		}
		taken[l] = true
		h.place(l, path)
		id.Scenarios = append(id.Scenarios, model.ScenarioID{Lineage: l, Rows: rowIDs(&doc.Feature.Scenarios[i])})
	}
	return id
}

func rowIDs(s *gherkin.Scenario) []behavepro.RowID {
	var rows []behavepro.RowID
	seen := map[string]int{}
	for ref, row := range gherkin.Rows(s) {
		key := strings.Join(row.Cells, "\x00")
		rows = append(rows, gherkin.RowIdentity(s.Examples[ref.Examples].Header, row.Cells, seen[key]))
		seen[key]++
	}
	return rows
}

func (h *History) inherit(f *gherkin.Feature, i int, parents []behavepro.SHA, taken map[behavepro.Lineage]bool) behavepro.Lineage {
	for _, byName := range []bool{true, false} {
		for _, p := range parents {
			for _, path := range slices.Sorted(maps.Keys(h.commits[p])) {
				old := h.commits[p][path]
				if old.document == nil || old.document.Feature == nil {
					continue
				}
				for j := range old.document.Feature.Scenarios {
					l := old.identity.Scenarios[j].Lineage
					same := old.document.Feature.Scenarios[j].Name == f.Scenarios[i].Name
					if !byName {
						same = gherkin.BodyOf(old.document.Feature, j) == gherkin.BodyOf(f, i)
					}
					if same && !taken[l] {
						return l
					}
				}
			}
		}
	}
	return behavepro.Lineage{}
}

func (h *History) place(l behavepro.Lineage, path string) {
	h.T.Helper()
	p := h.places[l]
	if p == nil {
		p = &catalog.Place{}
		h.places[l] = p
	}
	if slices.Contains(p.Paths, path) {
		return
	}
	p.Paths = append(p.Paths, path)
	out, err := h.Catalog.Write(context.Background(), store.Relaxed, catalog.PlaceChange(h.Repo.ID, l, *p))
	if err != nil || out[0].Result != store.Done {
		h.T.Fatalf("write place: %v %v", out, err)
	}
	p.Rev = out[0].Rev
}

func (h *History) tree(files map[string]file, prefix string, changes *[]store.Change) behavepro.Hash {
	t := &catalog.Tree{}
	dirs := map[string]bool{}
	for path, f := range files {
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok {
			continue
		}
		name, _, deeper := strings.Cut(rest, "/")
		if deeper {
			dirs[name] = true
			continue
		}
		e := catalog.TreeEntry{Name: name, Blob: f.blob}
		if f.identity != nil {
			e.Identity, e.Broken = catalog.IdentityHash(f.identity), len(f.document.Problems) > 0
		}
		t.Entries = append(t.Entries, e)
	}
	for name := range dirs {
		t.Entries = append(t.Entries, catalog.TreeEntry{Name: name, Tree: h.tree(files, prefix+name+"/", changes)})
	}
	if len(t.Entries) == 0 {
		return behavepro.Hash{}
	}
	slices.SortFunc(t.Entries, func(a, b catalog.TreeEntry) int { return strings.Compare(a.Name, b.Name) })
	hash := t.Hash()
	*changes = append(*changes, h.Catalog.TreeChanges(h.Repo.ID, hash, t)...)
	return hash
}
