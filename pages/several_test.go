package pages_test

import (
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/pages"
)

// TestEachRepositoryHasItsOwnRef shows an issue that two repositories know.
func TestEachRepositoryHasItsOwnRef(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	app := catalogtest.New(t, s.Catalog, "app", "SHOP")
	feature := func(name string) map[string]string {
		return map[string]string{"a.feature": "@SHOP-12\nFeature: App\n  Scenario: " + name + "\n    Given it\n"}
	}
	main := app.Commit(feature("On the main branch"))
	app.Branch("main", map[string]behavepro.SHA{"main": main, "beta": app.Commit(feature("On the beta branch"), main)})
	h := serve(pages.New(pages.Options{Describer: s}), s.Catalog, s.now, everything)
	for path, want := range map[string][]string{
		"/issues/SHOP-12":                          {"<bdi>app</bdi>", "<bdi>shop/webstore</bdi>", "On the main branch", "Guests earn nothing", "main · "},
		"/issues/SHOP-12?ref.app=beta":             {"On the beta branch", "Guests earn nothing", `name="ref.app"`, `<option value="beta" selected>`},
		"/issues/SHOP-12?ref=release/2.4":          {"On the main branch", "There is no <span class=\"mono\">release/2.4</span> in this repository", `<option value="release/2.4" selected>`},
		"/issues/SHOP-12?ref.app=" + main.String(): {"On the main branch", "commit " + main.Short()},
	} {
		body := get(t, h, path).Body.String()
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not show %q", path, text)
			}
		}
	}
}
