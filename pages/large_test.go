package pages_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func TestLargeFeatureComesInPieces(t *testing.T) {
	t.Parallel()
	h := large(t, 1, 450)
	web := serve(pages.New(pages.Options{}), h.Catalog, time.Unix(1_700_009_000, 0), everything)
	at := "/repositories/large?path=features/area0/f0.feature"
	seen := map[string]bool{}
	for range 10 {
		w := get(t, web, at)
		for _, m := range regexp.MustCompile(`<details class="sc" id="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			seen[m[1]] = true
		}
		m := regexp.MustCompile(`<a href="([^"]+)">Further scenarios`).FindStringSubmatch(w.Body.String())
		if m == nil {
			break
		}
		at = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	if len(seen) != 450 {
		t.Errorf("%d scenarios were shown, want 450", len(seen))
	}
}

// large is a repository with many scenarios and a run of all of them.
func large(t testing.TB, features, scenarios int) *catalogtest.History {
	t.Helper()
	h, _ := largeIn(t, features, scenarios)
	return h
}

func largeIn(t testing.TB, features, scenarios int) (*catalogtest.History, *store.Scope) {
	t.Helper()
	scope := storetest.NewScope(t, catalog.Kinds()...)
	h := catalogtest.New(t, catalog.Open(scope), "large", "SHOP")
	files, says := map[string]string{}, map[string]behavepro.Status{}
	for f := range features {
		var b strings.Builder
		fmt.Fprintf(&b, "@area%d\nFeature: Feature %d\n", f%7, f)
		for s := range scenarios {
			name := fmt.Sprintf("Scenario %d of %d", s, f)
			says[name] = behavepro.Passed
			fmt.Fprintf(&b, "  @SHOP-%d\n  Scenario: %s\n    Given a member with %d points\n    When an order ships\n    Then the member has %d points\n", f+1, name, s, s+f)
		}
		files[fmt.Sprintf("features/area%d/f%d.feature", f%7, f)] = b.String()
	}
	s := &shop{History: h, commits: map[string]behavepro.SHA{"tip": h.Commit(files)}}
	h.Branch("main", map[string]behavepro.SHA{"main": s.commits["tip"]})
	for build := range 3 {
		s.push(context.Background(), "tip", build+1, time.Unix(1_700_000_000+int64(build), 0), nil, says)
	}
	return h, scope
}

// BenchmarkDocumentation shows pages of a ref with 5,000 scenarios and three runs: cold is as after a start.
func BenchmarkDocumentation(b *testing.B) {
	h, scope := largeIn(b, 250, 20)
	show := func(b *testing.B, c *catalog.Catalog, path string) {
		if w := get(b, serve(pages.New(pages.Options{}), c, time.Unix(1_700_009_000, 0), everything), path); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
	for _, page := range []struct{ name, path string }{
		{"overview", "/repositories/large"},
		{"feature", "/repositories/large?path=features/area3/f3.feature"},
		{"search", "/repositories/large?q=member+41"},
		{"issue", "/issues/SHOP-9"},
		{"home", "/"},
	} {
		b.Run(page.name+"/cold", func(b *testing.B) {
			for b.Loop() {
				show(b, catalog.Open(scope), page.path)
			}
		})
		b.Run(page.name+"/warm", func(b *testing.B) {
			show(b, h.Catalog, page.path)
			for b.Loop() {
				show(b, h.Catalog, page.path)
			}
		})
	}
}
