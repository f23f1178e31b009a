package pages_test

import (
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/pages"
)

// TestProblemsListWhatMayWait: the page lists the pushes that may belong to the repository, those that name none included.
func TestProblemsListWhatMayWait(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "web", "SHOP")
	now := time.Unix(1_700_000_000, 0)
	for name, projects := range map[string][]behavepro.ProjectKey{"for all": nil, "for SHOP": {"SHOP"}, "for PAY": {"PAY"}} {
		p := &catalog.Push{
			ID: name, Repository: catalog.ForProjects(projects), Projects: projects, Commit: catalogtest.BlobOf(name), Build: name,
			State: catalog.PushWaiting, Received: now, Counts: model.Counts{Read: 1, Waiting: 1},
		}
		if err := h.Catalog.PutPush(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	page := get(t, serve(pages.New(pages.Options{}), h.Catalog, now, everything), "/repositories/web/problems").Body.String()
	for name, want := range map[string]bool{"for all": true, "for SHOP": true, "for PAY": false} {
		if got := strings.Contains(page, name); got != want {
			t.Errorf("the page lists the push %s: %v, want %v", name, got, want)
		}
	}
}
