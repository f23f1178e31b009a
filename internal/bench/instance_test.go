//go:build bench

package bench

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/store/storetest"
	gitsync "github.com/behavepro/behavepro/sync"
)

// instance are an engine, a catalog and the pages in this process.
type instance struct {
	t       testing.TB
	catalog *catalog.Catalog
	engine  *gitsync.Engine
	data    string
	fence   int64
}

func newInstance(t testing.TB) *instance {
	t.Helper()
	st := storetest.NewStore(t, catalog.Kinds()...)
	scope, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	r := &instance{t: t, catalog: catalog.Open(scope), data: t.TempDir()}
	r.engine, err = gitsync.NewEngine(gitsync.Options{Data: r.data, Outbound: outbound.Policy{AllowPrivate: true}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *instance) add(name, url string) *catalog.Repository {
	r.t.Helper()
	repo := &catalog.Repository{ID: behavepro.RepositoryID(name), Name: name, First: name, URL: url, Added: time.Unix(1, 0), Projects: []behavepro.ProjectKey{"SHOP"}}
	if err := r.catalog.PutRepository(r.t.Context(), repo); err != nil {
		r.t.Fatal(err)
	}
	return repo
}

func (r *instance) sync(repo *catalog.Repository) {
	r.t.Helper()
	r.fence++
	if err := r.engine.Sync(r.t.Context(), r.catalog, gitsync.Request{Repository: repo.ID, Fence: r.fence}); err != nil {
		r.t.Fatal(err)
	}
}

// page answers a request for a page as the daemon does for somebody who may see everything.
func (r *instance) page(p *pages.Pages, path string) string {
	r.t.Helper()
	mux := http.NewServeMux()
	all := access.Principal{Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.ReposRead, access.ResultsRead}}}
	for _, route := range p.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, req *http.Request) {
			_ = route.Serve(&pages.Visit{W: w, R: req, Now: time.Now(), Catalog: r.catalog, Principal: all})
		})
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	if w.Code != http.StatusOK {
		r.t.Fatalf("GET %s: %d\n%s", path, w.Code, w.Body)
	}
	return w.Body.String()
}
