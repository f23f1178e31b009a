package pages_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/pages/browsertest"
)

// shownPages are the pages that are looked at, by the names of their screenshots and golden files.
func shownPages(s *shop) map[string]string {
	repo := "/repositories/id-shop%2Fwebstore"
	scenario := s.Lineage(s.commits["gold"], "Points are credited when an order ships").String()
	outline := s.Lineage(s.commits["gold"], "Tier decides the rate").String()
	staff := s.Lineage(s.commits["staff"], "Staff orders earn half").String()
	return map[string]string{
		"home":            "/",
		"issue":           "/issues/SHOP-12",
		"issue-branch":    "/issues/SHOP-12?ref=SHOP-12-loyalty-points",
		"issue-params":    "/issues/SHOP-12?params=Os%3DLinux%0ARuntime%3DJava+17",
		"issue-rule":      "/issues/SHOP-7",
		"issue-empty":     "/issues/SHOP-404",
		"issue-absent":    "/issues/SHOP-15",
		"repositories":    "/repositories",
		"documentation":   repo,
		"directory":       repo + "?path=features/checkout/",
		"feature":         repo + "?path=features/loyalty/earn.feature",
		"feature-rule":    repo + "?path=features/checkout/card.feature",
		"feature-broken":  repo + "?path=features/gift.feature",
		"search":          repo + "?q=points+member&status=passed",
		"search-nothing":  repo + "?q=nothing+like+it",
		"scenario":        repo + "/scenarios/" + scenario,
		"scenario-matrix": repo + "/scenarios/" + outline,
		"scenario-absent": repo + "/scenarios/" + staff,
		"problems":        repo + "/problems",
		"steps":           repo + "/steps",
		"steps-untold":    repo + "/steps?ref=release/2.4",
		"not-found":       "/nowhere",
	}
}

// looks are how a page is looked at. Slow tests look at every page in all of them, others at those of briefly in one.
var looks = []struct {
	name string
	view browsertest.View
}{
	{"light-1280", browsertest.View{Width: 1280}},
	{"dark-1280", browsertest.View{Width: 1280, Dark: true}},
	{"light-700", browsertest.View{Width: 700}},
	{"dark-700", browsertest.View{Width: 700, Dark: true}},
	{"dark-360", browsertest.View{Width: 360, Dark: true}},
}

// briefly is at which pages `make test` looks, and in which of looks.
var briefly = map[string]string{
	"home": "dark-360", "issue": "light-1280", "documentation": "light-1280", "feature-rule": "dark-360", "scenario-matrix": "dark-360", "problems": "light-1280",
	"settings": "light-1280", "settings-connect-wrong": "dark-360", "importing-home": "light-1280",
}

// look opens a page, takes screenshots of it and asks axe-core about each.
func look(t *testing.T, b *browsertest.Browser, address, name string) {
	t.Helper()
	if briefly[name] == "" {
		testenv.OnlySlow(t)
	}
	page := b.Open(t, address, browsertest.View{})
	for _, l := range looks {
		if !testenv.Slow() && l.name != briefly[name] {
			continue
		}
		page.Look(t, l.view)
		page.Screenshot(t, "pages/"+name+"-"+l.name)
		page.Accessible(t)
		if wide := page.Text(t, "document.documentElement.scrollWidth - innerWidth"); wide != "0" {
			t.Errorf("%s, %s: the page is %s px wider than its window", name, l.name, wide)
		}
	}
	if said := page.Errors(); len(said) > 0 && name != "not-found" {
		t.Errorf("%s: the page says %q", name, said)
	}
}

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	server := httptest.NewServer(serve(pages.New(pages.Options{Describer: s}), s.Catalog, s.now, everything))
	defer server.Close()
	b := browsertest.Start(t)
	for name, path := range shownPages(s) {
		t.Run(name, func(t *testing.T) { look(t, b, server.URL+path, name) })
	}
}

func TestUsingThePages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	server := httptest.NewServer(serve(pages.New(pages.Options{Describer: s}), s.Catalog, s.now, everything))
	defer server.Close()
	b := browsertest.Start(t)
	repo := server.URL + "/repositories/id-shop%2Fwebstore"

	t.Run("search while typing", func(t *testing.T) {
		page := b.Open(t, repo, browsertest.View{})
		page.Text(t, `document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}))`)
		page.Do(t, chromedp.KeyEvent("vouch"))
		page.Until(t, `document.querySelector("#tree").innerText.includes("2 scenarios found")`)
		page.Until(t, `location.search === "?q=vouch"`)
		if got := page.Text(t, `document.activeElement.name + " " + document.querySelectorAll("#main .line").length`); got != "q 2" {
			t.Errorf("focus and lines: %s", got)
		}
		page.Do(t, chromedp.KeyEvent(kb.ArrowDown)) // arrow down: into the tree
		if got := page.Text(t, `document.activeElement.querySelector(".label").innerText`); got != "Vouchers" {
			t.Errorf("arrow down leads to %s", got)
		}
	})
	t.Run("a branch without a button", func(t *testing.T) {
		page := b.Open(t, server.URL+"/issues/SHOP-12", browsertest.View{})
		page.Text(t, `(() => { const s = document.querySelector("select[data-go]"); s.value = "SHOP-12-loyalty-points"; s.dispatchEvent(new Event("change", {bubbles: true})); })()`)
		page.Until(t, `document.body.innerText.includes("reworded on branch")`)
	})
	t.Run("a link opens its scenario", func(t *testing.T) {
		lineage := s.Lineage(s.commits["gold"], "Guests earn nothing").String()
		page := b.Open(t, repo+"?path=features/loyalty/earn.feature#s-"+lineage[:12], browsertest.View{})
		page.Until(t, `document.querySelector("details.sc:target").open`)
	})
	t.Run("without script", func(t *testing.T) {
		page := b.Open(t, repo+"?path=features/loyalty/earn.feature", browsertest.View{NoScript: true})
		page.Screenshot(t, "pages/feature-without-script")
		page.Do(t, chromedp.Click(chromedp.CSS(`a.chip[href*="status=failed"]`)), chromedp.WaitVisible(chromedp.CSS(`a.chip[aria-current][href*="status=failed"]`)))
		page.Do(t, chromedp.SetValue(chromedp.CSS(`input[name=q]`), "vouchers"), chromedp.Click(chromedp.CSS(`.tree form button`)))
		page.Do(t, chromedp.WaitVisible(chromedp.CSS(`#main h3.found`)))
	})
	t.Run("keyboard", func(t *testing.T) {
		page := b.Open(t, server.URL+"/issues/SHOP-12", browsertest.View{})
		page.Do(t, chromedp.KeyEvent("\t"))
		if got := page.Text(t, `document.activeElement.innerText`); got != "Skip to content" {
			t.Errorf("the first stop is %q", got)
		}
		page.Text(t, `document.querySelectorAll("details.sc > summary")[1].focus()`)
		page.Do(t, chromedp.KeyEvent("\r"))
		page.Until(t, `document.querySelectorAll("details.sc")[1].open`)
	})
	t.Run("on paper", func(t *testing.T) {
		page := b.Open(t, server.URL+"/issues/SHOP-12", browsertest.View{})
		page.Text(t, `dispatchEvent(new Event("beforeprint"))`)
		if got := page.Text(t, `document.querySelectorAll("details.sc:not([open])").length`); got != "0" {
			t.Errorf("%s scenarios are closed on paper", got)
		}
		page.Text(t, `dispatchEvent(new Event("afterprint"))`)
		if got := page.Text(t, `document.querySelectorAll("details.sc:not([open])").length`); got == "0" {
			t.Error("scenarios stay open after printing")
		}
	})
	t.Run("more contrast", func(t *testing.T) {
		page := b.Open(t, server.URL+"/issues/SHOP-12", browsertest.View{})
		for _, dark := range []bool{false, true}[:testenv.Rounds(1, 2)] {
			page.Look(t, browsertest.View{Dark: dark, Contrast: true})
			want := map[bool]string{false: "rgb(0, 0, 0)", true: "rgb(255, 255, 255)"}[dark]
			if got := page.Text(t, `getComputedStyle(document.body).color`); got != want {
				t.Errorf("dark %v: the text is %s, want %s", dark, got, want)
			}
			page.Screenshot(t, fmt.Sprintf("pages/issue-contrast-dark-%v", dark))
			page.Accessible(t)
		}
	})
	t.Run("a scheme that Jira sets", func(t *testing.T) {
		page := b.Open(t, server.URL+"/issues/SHOP-12", browsertest.View{})
		light := page.Text(t, `getComputedStyle(document.body).backgroundColor`)
		page.Text(t, `document.documentElement.dataset.colorMode = "dark"`)
		if dark := page.Text(t, `getComputedStyle(document.body).backgroundColor`); dark == light {
			t.Errorf("light and dark are both %s", dark)
		}
	})
}
