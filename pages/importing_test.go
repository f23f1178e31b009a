package pages_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/pages/browsertest"
)

// importing is a catalog whose repositories have not been read yet.
func importing(t testing.TB) (*catalogtest.History, time.Time) {
	t.Helper()
	ctx := context.Background()
	c := catalogtest.Open(t)
	now := time.Unix(1_700_000_000, 0)
	for name, state := range map[string]catalog.SyncState{
		"busy":   {Phase: "parsing", Done: 8_400, Total: 20_555, ETA: 95 * time.Second, Started: now, First: true},
		"broken": {Phase: "failed", Error: "git.example.com answered 401", Hint: "give a credential: `behavepro repos credential set`", First: true},
		"next":   {Phase: "waiting", First: true},
	} {
		h := catalogtest.New(t, c, name, "SHOP")
		if err := c.PutSyncState(ctx, h.Repo.ID, state); err != nil {
			t.Fatal(err)
		}
	}
	return catalogtest.New(t, c, "fresh", "SHOP"), now
}

func TestPagesWhileImporting(t *testing.T) {
	t.Parallel()
	h, now := importing(t)
	web := serve(pages.New(pages.Options{}), h.Catalog, now, everything)
	for path, want := range map[string][]string{
		"/":                    {"parsing feature files, 8,400 of 20,555", `value="40"`, "about 2 min left", "the last sync failed", "git.example.com answered 401", "<code>behavepro repos credential set</code>", "waiting for its turn"},
		"/repositories":        {"8,400 of 20,555", `data-refresh="3"`, `http-equiv="refresh"`},
		"/repositories/busy":   {"Features appear here when the first import is done", `data-refresh="3"`},
		"/repositories/broken": {"git.example.com answered 401"},
		"/issues/SHOP-1":       {"No scenarios for SHOP-1 yet", "8,400 of 20,555", `data-refresh="3"`},
	} {
		w := get(t, web, path)
		for _, text := range want {
			if w.Code != 200 || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: status %d, without %q:\n%s", path, w.Code, text, w.Body)
			}
		}
	}
	if body := get(t, web, "/repositories/broken").Body.String(); strings.Contains(body, "data-refresh") {
		t.Error("a failed import is looked at again and again")
	}
}

func TestImportingInABrowser(t *testing.T) {
	t.Parallel()
	h, now := importing(t)
	server := httptest.NewServer(serve(pages.New(pages.Options{}), h.Catalog, now, everything))
	defer server.Close()
	b := browsertest.Start(t)
	for name, path := range map[string]string{"importing-home": "/", "importing-documentation": "/repositories/busy", "importing-issue": "/issues/SHOP-1"} {
		t.Run(name, func(t *testing.T) { look(t, b, server.URL+path, name) })
	}
	page := b.Open(t, server.URL+"/repositories/busy", browsertest.View{})
	h.Repo, _ = h.Catalog.Repository(context.Background(), "id-busy")
	h.Branch("main", map[string]behavepro.SHA{"main": h.Commit(map[string]string{"a.feature": "Feature: Arrived\n  Scenario: One\n    Given it\n"})})
	if err := h.Catalog.PutSyncState(context.Background(), h.Repo.ID, catalog.SyncState{Phase: "done", Finished: now}); err != nil {
		t.Fatal(err)
	}
	page.Until(t, `document.body.innerText.includes("Arrived")`)
}
