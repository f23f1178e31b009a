package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

// survey walks everything that a repository's head and runs lead to, each record once, and tells what is missing or does
// not have the content that it is named by. It must have a catalog of its own: what others have cached proves nothing.
type survey struct {
	c    *Catalog
	repo *Repository
	flaw func(what string) error // an error ends the walk

	head        Head
	refs        []Ref
	pushes      []*Push // without markers of uploads
	commits     map[behavepro.SHA]*Commit
	trees       map[behavepro.Hash]bool
	identities  map[behavepro.Hash]int // their scenarios
	files       map[surveyedFile]bool
	blobs       map[behavepro.SHA]bool
	attachments int // that are there
}

// surveyedFile is a file of any commit: its path and what stands there.
type surveyedFile struct {
	path     string
	blob     behavepro.SHA
	identity behavepro.Hash
}

// surveyAtOnce is how many records are read together.
const surveyAtOnce = 256

func newSurvey(c *Catalog, repo *Repository, flaw func(what string) error) *survey {
	return &survey{
		c: c, repo: repo, flaw: flaw, commits: map[behavepro.SHA]*Commit{}, trees: map[behavepro.Hash]bool{},
		identities: map[behavepro.Hash]int{}, files: map[surveyedFile]bool{}, blobs: map[behavepro.SHA]bool{},
	}
}

func (s *survey) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.readHead, s.readPushes, s.readCommits, s.readTrees, s.readIdentities} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// damaged reports whether an error is about what is stored, and not about reading it.
func damaged(err error) bool {
	return errors.Is(err, behavepro.ErrNotFound) || errors.Is(err, behavepro.ErrCorrupt)
}

// tell makes a flaw of a damage, and passes every other error on.
func (s *survey) tell(err error, what string) error {
	if !damaged(err) {
		return err
	}
	return s.flaw(fmt.Sprintf("%s: %v", what, err))
}

// readEach reads records in batches; where one of a batch is damaged, each alone, so that the others are read.
func readEach[N any, T any](s *survey, what string, names []N, read func(...N) ([]T, error), use func(N, T) error) error {
	for batch := range slices.Chunk(names, surveyAtOnce) {
		got, err := read(batch...)
		if err == nil {
			for i, v := range got {
				if err := use(batch[i], v); err != nil {
					return err
				}
			}
			continue
		}
		if !damaged(err) {
			return err
		}
		for _, name := range batch {
			one, err := read(name)
			if err != nil {
				err = s.tell(err, fmt.Sprintf("%s %v", what, name))
			} else {
				err = use(name, one[0])
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *survey) readHead(ctx context.Context) (err error) {
	if s.head, err = s.c.Head(ctx, s.repo.ID); err != nil {
		return s.tell(err, "head")
	}
	if s.refs, err = s.c.Refs(ctx, s.repo.ID, s.head.RefSet); err != nil {
		return s.tell(err, fmt.Sprintf("the head's ref set %s", s.head.RefSet))
	}
	if s.head.RefSet.IsZero() {
		return nil
	}
	if set, _ := refSetChanges(s.repo.ID, s.refs); set != s.head.RefSet {
		return s.flaw(fmt.Sprintf("ref set %s: its content has the hash %s", s.head.RefSet, set))
	}
	return nil
}

func (s *survey) readPushes(ctx context.Context) error {
	all, err := s.c.pushesByKey(ctx, s.repo.ID)
	s.pushes = slices.DeleteFunc(all, func(p *Push) bool { return p.State == PushUploading })
	if err != nil {
		return s.tell(err, "pushes")
	}
	return nil
}

// view is how the commits that readers see were indexed.
func (s *survey) view() View { return At{Repository: s.repo, Head: s.head}.view() }

// readCommits walks from refs and runs to the first commits. A run's own commit may be unknown while it waits.
func (s *survey) readCommits(ctx context.Context) error {
	reason := map[behavepro.SHA]string{}
	var level []behavepro.SHA
	need := func(sha behavepro.SHA, why string) {
		if known, ok := reason[sha]; !ok {
			level = append(level, sha)
		} else if known != "" {
			return
		}
		reason[sha] = why
	}
	for _, r := range s.refs {
		need(r.SHA, "branch "+r.Name)
	}
	for _, p := range s.pushes {
		if p.State == PushMatched && !p.NamesNone() {
			need(p.Commit, "push "+p.ID)
		} else if _, ok := reason[p.Commit]; !ok {
			need(p.Commit, "")
		}
	}
	for len(level) > 0 {
		this := level
		level = nil
		read := func(shas ...behavepro.SHA) ([]*Commit, error) { return s.c.Commits(ctx, s.repo.ID, s.view(), shas...) }
		err := readEach(s, "commit", this, read, func(sha behavepro.SHA, c *Commit) error {
			if c == nil {
				if reason[sha] == "" {
					return nil
				}
				return s.flaw(fmt.Sprintf("commit %s, which %s names, is missing", sha, reason[sha]))
			}
			s.commits[sha] = c
			for _, p := range c.Parents {
				need(p, "commit "+sha.String())
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readTrees walks the trees of all commits, each at each place once.
func (s *survey) readTrees(ctx context.Context) error {
	type place struct {
		prefix string
		tree   behavepro.Hash
	}
	seen := map[place]bool{}
	var level []place
	add := func(p place) {
		if !p.tree.IsZero() && !seen[p] {
			seen[p] = true
			level = append(level, p)
		}
	}
	for _, c := range s.commits {
		add(place{"", c.Tree})
	}
	for len(level) > 0 {
		this := level
		level = nil
		read := func(places ...place) ([]*Tree, error) {
			hashes := make([]behavepro.Hash, len(places))
			for i, p := range places {
				hashes[i] = p.tree
			}
			return s.c.Trees(ctx, s.repo.ID, hashes...)
		}
		err := readEach(s, "tree", this, read, func(p place, t *Tree) error {
			if !s.trees[p.tree] {
				if got := t.Hash(); got != p.tree { // not entered: it may lead back to itself
					return s.flaw(fmt.Sprintf("tree %s: its content has the hash %s", p.tree, got))
				}
				s.trees[p.tree] = true
			}
			for _, e := range t.Entries {
				if e.IsDir() {
					add(place{p.prefix + e.Name + "/", e.Tree})
					continue
				}
				if isMarkdown(e.Name) {
					continue // its text is not read
				}
				s.files[surveyedFile{p.prefix + e.Name, e.Blob, e.Identity}] = true
				s.blobs[e.Blob] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) readIdentities(ctx context.Context) error {
	named := map[behavepro.Hash]bool{}
	for f := range s.files {
		if !f.identity.IsZero() {
			named[f.identity] = true
		}
	}
	return readEach(s, "identity", sortedHashes(named), s.readIdentity(ctx), func(h behavepro.Hash, id *model.Identity) error {
		s.identities[h] = len(id.Scenarios)
		if got := IdentityHash(id); got != h {
			return s.flaw(fmt.Sprintf("identity %s: its content has the hash %s", h, got))
		}
		return nil
	})
}

func (s *survey) readIdentity(ctx context.Context) func(...behavepro.Hash) ([]*model.Identity, error) {
	return func(hashes ...behavepro.Hash) ([]*model.Identity, error) {
		return s.c.Identities(ctx, s.repo.ID, hashes...)
	}
}

// documents reads blobs in the order of their SHAs.
func (s *survey) documents(ctx context.Context, blobs map[behavepro.SHA]bool, use func(behavepro.SHA, *gherkin.Document) error) error {
	order := slices.SortedFunc(maps.Keys(blobs), behavepro.CompareSHA)
	return readEach(s, "blob", order, func(shas ...behavepro.SHA) ([]*gherkin.Document, error) { return s.c.Documents(ctx, shas...) }, use)
}

// lineages calls use with every lineage of every file that was walked, at each of its paths once.
func (s *survey) lineages(ctx context.Context, use func(l behavepro.Lineage, path string)) error {
	paths := map[behavepro.Hash]map[string]bool{}
	for f := range s.files {
		if _, ok := s.identities[f.identity]; ok {
			if paths[f.identity] == nil {
				paths[f.identity] = map[string]bool{}
			}
			paths[f.identity][f.path] = true
		}
	}
	known := map[behavepro.Hash]bool{}
	for h := range paths {
		known[h] = true
	}
	return readEach(s, "identity", sortedHashes(known), s.readIdentity(ctx), func(h behavepro.Hash, id *model.Identity) error {
		for i := range id.Scenarios {
			for path := range paths[h] {
				use(id.Scenarios[i].Lineage, path)
			}
		}
		return nil
	})
}

func sortedHashes(of map[behavepro.Hash]bool) []behavepro.Hash {
	return slices.SortedFunc(maps.Keys(of), compareHash)
}

func compareHash(a, b behavepro.Hash) int { return slices.Compare(a[:], b[:]) }
