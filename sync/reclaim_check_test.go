package sync

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// commitContent is what a commit names.
type commitContent struct {
	files      []indexedFile
	trees      map[string]bool // with the pages of large ones
	identities map[behavepro.Hash]bool
}

func (c *commitContent) name(blobs map[string]bool) {
	for _, f := range c.files {
		blobs[f.Blob] = true
	}
}

func (h *reclaim) content(c *connected, sha string) *commitContent { return h.of[c.repo.Name+" "+sha] }

// learn reads the commits that a sync indexed. Those that were there before, in this repository or one of its name that was removed,
// must be what they were.
func (h *reclaim) learn(c *connected) {
	h.t.Helper()
	fresh := &bench{t: h.t, catalog: catalog.Open(h.scope), engine: h.engine}
	for sha, day := range c.indexed {
		if day != h.today() {
			continue
		}
		is := &commitContent{fresh.files(c.repo, mustSHA(h.t, sha)), map[string]bool{}, map[behavepro.Hash]bool{}}
		h.walk(fresh.catalog, c, sha, is)
		for _, f := range is.files {
			h.blobs[f.Blob] = h.today()
		}
		if was := h.content(c, sha); was != nil {
			if !reflect.DeepEqual(was, is) {
				h.t.Errorf("%s of %s is not what it was:\n%s", sha, c.repo.Name, cmp.Diff(was, is, cmp.AllowUnexported(commitContent{})))
			}
			continue
		}
		h.of[c.repo.Name+" "+sha] = is
		named := slices.Clone(is.files)
		for i := range named {
			named[i].Lineages, named[i].Rows = nil, nil
		}
		if diff := cmp.Diff(gitFiles(c.origin.Repo, sha), named); diff != "" {
			h.t.Errorf("%s of %s differs from git (-git +indexed):\n%s", sha, c.repo.Name, diff)
		}
	}
}

// walk collects the trees and identities of a commit.
func (h *reclaim) walk(cat *catalog.Catalog, c *connected, sha string, into *commitContent) {
	h.t.Helper()
	commits, err := cat.Commits(h.t.Context(), c.repo.ID, c.repo.View(), mustSHA(h.t, sha))
	if err != nil {
		h.t.Fatal(err)
	}
	for level := []behavepro.Hash{commits[0].Tree}; len(level) > 0; {
		var next []behavepro.Hash
		for _, hash := range level {
			if hash.IsZero() {
				continue
			}
			tree, err := cat.Tree(h.t.Context(), c.repo.ID, hash)
			if err != nil {
				h.t.Fatal(err)
			}
			for _, change := range cat.TreeChanges(c.repo.ID, hash, tree) {
				into.trees[change.Key[1]] = true
			}
			for _, e := range tree.Entries {
				if e.IsDir() {
					next = append(next, e.Tree)
				} else if !e.Identity.IsZero() {
					into.identities[e.Identity] = true
				}
			}
		}
		level = next
	}
}

// tally compares how many records of each kind are stored with the model, over all repositories.
func (h *reclaim) tally() {
	h.t.Helper()
	want, got := map[string]int{"sweep": 1}, map[string]int{} // the note of the tenant's sweep
	if n := len(h.blobs); n > 0 {
		want["blob"] = n
	}
	for _, c := range h.all {
		for kind, n := range h.want(c) {
			want[kind] += n
		}
	}
	for _, kind := range catalog.Kinds() {
		stat, err := h.scope.Stat(h.t.Context(), kind)
		if err != nil {
			h.t.Fatal(err)
		}
		if n := int(stat.Records); n > 0 && !grows[kind.Name] {
			got[kind.Name] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s: records (-want +got):\n%s", h.now, diff)
	}
}

// grows are the kinds that no sweep makes smaller, as long as their repository is connected.
var grows = map[string]bool{"mention": true, "place": true, "problem": true, "resultsrevision": true}

// counts compares the records of each repository with the model: their number, and which commits and feature files they are.
func (h *reclaim) counts() {
	h.t.Helper()
	for _, c := range h.all {
		got := map[string]int{}
		for _, kind := range catalog.Kinds() {
			stays := grows[kind.Name] && (c.removed == 0 || kind.Name == "place" && !c.gone)
			if n := len(h.keys(kind.Name, string(c.repo.ID))); kind.Name != "blob" && n > 0 && !stays {
				got[kind.Name] = n
			}
		}
		if diff := cmp.Diff(h.want(c), got); diff != "" {
			h.t.Errorf("%s: records of %s %s (-want +got):\n%s", h.now, c.repo.Name, c.repo.ID, diff)
		}
		want := slices.Sorted(maps.Keys(c.indexed))
		if c.gone {
			want = nil
		}
		if diff := cmp.Diff(want, hexOf(h.keys("commit", string(c.repo.ID)), 2)); diff != "" {
			h.t.Errorf("%s: commits of %s (-want +got):\n%s", h.now, c.repo.Name, diff)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(h.blobs)), hexOf(h.keys("blob"), 0)); diff != "" {
		h.t.Errorf("%s: feature files (-want +got):\n%s", h.now, diff)
	}
}

func hexOf(keys []store.Key, part int) (shas []string) {
	for _, key := range keys {
		shas = append(shas, fmt.Sprintf("%x", key[part]))
	}
	return shas
}

// want is how many records of each kind a repository must have, none of a kind left out.
func (h *reclaim) want(c *connected) map[string]int {
	want := map[string]int{}
	if c.gone {
		return want
	}
	trees, identities := map[string]bool{}, map[behavepro.Hash]bool{}
	for sha := range c.indexed {
		maps.Copy(trees, h.content(c, sha).trees)
		maps.Copy(identities, h.content(c, sha).identities)
	}
	want["commit"], want["tree"], want["identity"], want["reflog"] = len(c.indexed), len(trees), len(identities), len(c.log)
	for _, p := range c.results {
		want["push"]++
		want["chunk"]++
		if want["row"] += len(p.outcomes); p.push.State == catalog.PushMatched {
			want["summary"]++
		}
	}
	want["sweep"] = 1 // written before the repository itself, see AddRepository
	if c.removed == 0 {
		want["repository"], want["credential"], want["syncstate"], want["refset"], want["refpage"] = 1, 1, 1, c.sets(), c.sets()
		want["head"] = min(1, len(c.log))
	}
	maps.DeleteFunc(want, func(_ string, n int) bool { return n == 0 })
	return want
}

func (h *reclaim) keys(kind string, prefix ...string) (keys []store.Key) {
	h.t.Helper()
	i := slices.IndexFunc(catalog.Kinds(), func(k *store.Kind) bool { return k.Name == kind })
	for r, err := range h.scope.Scan(h.t.Context(), catalog.Kinds()[i], store.Range{Prefix: prefix, KeysOnly: true}) {
		if err != nil {
			h.t.Fatal(err)
		}
		keys = append(keys, r.Key)
	}
	return keys
}

// verify compares all that is stored with the model and, where it changed, reads all that must be readable.
func (h *reclaim) verify() {
	h.t.Helper()
	h.counts()
	if !h.changed {
		return
	}
	h.changed = false
	fresh := &bench{t: h.t, catalog: catalog.Open(h.scope), engine: h.engine}
	if _, err := fresh.catalog.Check(h.t.Context(), func(f catalog.Flaw) { h.t.Errorf("flaw of %s: %s", f.Repository, f.What) }); err != nil {
		h.t.Fatal(err)
	}
	fresh.catalog = catalog.Open(h.scope)
	parsed := map[string]bool{}
	for _, c := range h.all {
		if c.gone {
			continue
		}
		for sha := range c.indexed {
			want := h.content(c, sha)
			if got := fresh.files(c.repo, mustSHA(h.t, sha)); !reflect.DeepEqual(want.files, got) {
				h.t.Errorf("%s of %s (-want +got):\n%s", sha, c.repo.Name, cmp.Diff(want.files, got))
			}
			for _, f := range want.files {
				if !parsed[f.Blob] {
					parsed[f.Blob] = true
					h.document(fresh, f, c.origin.commits[sha].files[f.Path])
				}
			}
		}
		for _, p := range c.results {
			h.readResults(fresh.catalog, c, p)
		}
		if _, err := fresh.catalog.Repository(h.t.Context(), c.repo.ID); (c.removed > 0) != errors.Is(err, behavepro.ErrNotFound) {
			h.t.Errorf("read %s: %v", c.repo.Name, err)
		}
	}
}

func (h *reclaim) document(fresh *bench, f indexedFile, text string) {
	h.t.Helper()
	docs, err := fresh.catalog.Documents(h.t.Context(), mustSHA(h.t, f.Blob))
	if err != nil {
		h.t.Errorf("%s: %v", f.Path, err)
	} else if !bytes.Equal(gherkin.Encode(docs[0]), gherkin.Encode(gherkin.Parse(f.Path, []byte(text)))) {
		h.t.Errorf("%s, blob %s is not what git has", f.Path, f.Blob)
	}
}

func (h *reclaim) known(c *connected, sha behavepro.SHA) bool {
	h.t.Helper()
	commits, err := h.catalog.Commits(h.t.Context(), c.repo.ID, c.repo.View(), sha)
	if err != nil {
		h.t.Fatal(err)
	}
	return commits[0] != nil
}

// put stores a push as waiting, as an upload does.
func (h *reclaim) put(c *connected, sha string) *pushed {
	h.t.Helper()
	id := fmt.Sprintf("push%d", len(h.steps))
	p := &pushed{chunk: "results of " + id, push: &catalog.Push{
		ID: id, Repository: c.repo.ID, Commit: mustSHA(h.t, sha), Build: id, State: catalog.PushWaiting, Started: h.now, Received: h.now,
		Upload: id, UploadTo: c.repo.ID, Files: []catalog.PushedFile{{Name: "report.json", Parts: 1}},
	}}
	if err := h.catalog.PutChunk(h.t.Context(), p.push, 0, 0, []byte(p.chunk)); err != nil {
		h.t.Fatal(err)
	}
	if err := h.catalog.PutPush(h.t.Context(), p.push); err != nil {
		h.t.Fatal(err)
	}
	c.results = append(c.results, p)
	h.changed = true
	return p
}

// match gives every scenario of the commit a result.
func (h *reclaim) match(c *connected, p *pushed) {
	h.t.Helper()
	for _, f := range h.content(c, p.push.Commit.String()).files {
		for _, l := range f.Lineages {
			p.outcomes = append(p.outcomes, catalog.Outcome{Lineage: l, Status: behavepro.Passed, Wording: behavepro.Wording{1}, Commit: p.push.Commit, Push: p.push.ID})
		}
	}
	slices.SortFunc(p.outcomes, byLineage)
	n := len(p.outcomes)
	p.push.Counts = model.Counts{Read: n, Matched: n, Passed: n}
	err := h.catalog.PutMatch(h.t.Context(), p.push, func(yield func(*catalog.Outcome) error) error {
		for _, o := range p.outcomes {
			if err := yield(&o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func byLineage(a, b catalog.Outcome) int { return slices.Compare(a.Lineage[:], b.Lineage[:]) }

// readResults reads a push, its chunk and what it proved.
func (h *reclaim) readResults(cat *catalog.Catalog, c *connected, p *pushed) {
	h.t.Helper()
	is, err := cat.Push(h.t.Context(), c.repo.ID, p.push.Commit, p.push.ID)
	if err != nil || is.State != p.push.State {
		h.t.Errorf("read %s of %s: %+v, %v", p.push.ID, c.repo.Name, is, err)
		return
	}
	chunk := ""
	if err := cat.Chunks(h.t.Context(), is, func(body []byte) error { chunk += string(body); return nil }); err != nil || chunk != p.chunk {
		h.t.Errorf("results of %s: %q, %v", p.push.ID, chunk, err)
	}
	if is.State != catalog.PushMatched {
		return
	}
	got, err := cat.Summary(h.t.Context(), is)
	if err != nil {
		h.t.Errorf("summary of %s: %v", p.push.ID, err)
	}
	slices.SortFunc(got, byLineage)
	if !slices.EqualFunc(p.outcomes, got, func(a, b catalog.Outcome) bool { return reflect.DeepEqual(a, b) }) {
		h.t.Errorf("outcomes of %s (-want +got):\n%s", p.push.ID, cmp.Diff(p.outcomes, got))
	}
}
