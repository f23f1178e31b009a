package pages_test

import (
	"net/http/httptest"
	"testing"

	"github.com/behavepro/behavepro/connect/pages"
	"github.com/behavepro/behavepro/connect/pages/browsertest"
)

// shownPages are the pages that are looked at in a browser, by the names of their screenshots.
func shownPages(s *shop) map[string]string {
	repo := "/repositories/id-shop%2Fwebstore"
	scenario := s.Lineage(s.commits["gold"], "Points are credited when an order ships").String()
	outline := s.Lineage(s.commits["gold"], "Tier decides the rate").String()
	return map[string]string{
		"home":            "/",
		"issue":           "/issues/SHOP-12",
		"issue-branch":    "/issues/SHOP-12?ref=SHOP-12-loyalty-points",
		"issue-rule":      "/issues/SHOP-7",
		"issue-empty":     "/issues/SHOP-404",
		"repositories":    "/repositories",
		"documentation":   repo,
		"directory":       repo + "?path=features/checkout/",
		"feature":         repo + "?path=features/loyalty/earn.feature",
		"feature-broken":  repo + "?path=features/gift.feature",
		"search":          repo + "?q=points+member&status=passed",
		"scenario":        repo + "/scenarios/" + scenario,
		"scenario-matrix": repo + "/scenarios/" + outline,
		"problems":        repo + "/problems",
		"not-found":       "/nowhere",
	}
}

func TestPagesInABrowser(t *testing.T) {
	s := newShop(t)
	server := httptest.NewServer(serve(pages.New(pages.Options{Describer: s}), s.Catalog, s.now, everything))
	defer server.Close()
	b := browsertest.Start(t)
	for name, path := range shownPages(s) {
		t.Run(name, func(t *testing.T) {
			page := b.Open(t, server.URL+path, browsertest.View{})
			for _, look := range []struct {
				name string
				view browsertest.View
			}{
				{"light-1280", browsertest.View{Width: 1280}}, {"dark-1280", browsertest.View{Width: 1280, Dark: true}},
				{"light-700", browsertest.View{Width: 700}}, {"dark-700", browsertest.View{Width: 700, Dark: true}},
			} {
				page.Look(t, look.view)
				page.Screenshot(t, "pages/"+name+"-"+look.name)
				page.Accessible(t)
				if name != "not-found" && len(page.Errors()) > 0 {
					t.Errorf("%s: the page says %q", look.name, page.Errors())
				}
				if wide := page.Text(t, "document.documentElement.scrollWidth - innerWidth"); wide != "0" {
					t.Errorf("%s: the page is %s px wider than its window", look.name, wide)
				}
			}
		})
	}
}
