package sync

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/store/storetest"
)

// bench is an engine with a store of its own.
type bench struct {
	t       testing.TB
	catalog *catalog.Catalog
	engine  *Engine
	fence   int64
}

func newBench(t testing.TB) *bench {
	t.Helper()
	st := storetest.NewStore(t, catalog.Kinds()...)
	scope, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEngine(Options{Data: t.TempDir(), Outbound: outbound.Policy{AllowPrivate: true, Resolver: testenv.NoNames}, LocalRoot: "/"})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, catalog: catalog.Open(scope), engine: e}
}

func (b *bench) add(id, url string, change ...func(*catalog.Repository)) *catalog.Repository {
	b.t.Helper()
	r := &catalog.Repository{ID: behavepro.RepositoryID(id), Name: id, First: "shop", URL: url, Added: time.Unix(1, 0)}
	for _, c := range change {
		c(r)
	}
	if err := b.catalog.PutRepository(b.t.Context(), r); err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) sync(r *catalog.Repository, commits ...behavepro.SHA) {
	b.t.Helper()
	if err := b.trySync(r, commits...); err != nil {
		b.t.Fatalf("sync %s: %v", r.Name, err)
	}
}

func (b *bench) trySync(r *catalog.Repository, commits ...behavepro.SHA) error {
	b.fence++
	return b.engine.Sync(context.Background(), b.catalog, Request{Repository: r.ID, Fence: b.fence, Commits: commits})
}

// indexedFile is a feature file of a commit as the catalog knows it.
type indexedFile struct {
	Path     string
	Blob     string
	Lineages []behavepro.Lineage
	Rows     []behavepro.RowID
}

// files lists the feature files of a commit.
func (b *bench) files(r *catalog.Repository, sha behavepro.SHA) []indexedFile {
	b.t.Helper()
	head, err := b.catalog.Head(b.t.Context(), r.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	commits, err := b.catalog.Commits(b.t.Context(), r.ID, cmp.Or(head.View, r.View()), sha)
	if err != nil {
		b.t.Fatal(err)
	}
	if commits[0] == nil {
		b.t.Fatalf("commit %s is not indexed", sha)
	}
	var out []indexedFile
	var walk func(prefix string, hash behavepro.Hash)
	walk = func(prefix string, hash behavepro.Hash) {
		tree, err := b.catalog.Tree(b.t.Context(), r.ID, hash)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range tree.Entries {
			if e.IsDir() {
				walk(prefix+e.Name+"/", e.Tree)
				continue
			}
			f := indexedFile{Path: prefix + e.Name, Blob: e.Blob.String()}
			ids, err := b.catalog.Identities(b.t.Context(), r.ID, e.Identity)
			if err != nil {
				b.t.Fatal(err)
			}
			for _, s := range ids[0].Scenarios {
				f.Lineages, f.Rows = append(f.Lineages, s.Lineage), append(f.Rows, s.Rows...)
			}
			out = append(out, f)
		}
	}
	if !commits[0].Tree.IsZero() {
		walk("", commits[0].Tree)
	}
	slices.SortFunc(out, func(a, b indexedFile) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func mustSHA(t testing.TB, text string) behavepro.SHA {
	t.Helper()
	sha, err := behavepro.ParseSHA(text)
	if err != nil {
		t.Fatal(err)
	}
	return sha
}
