package pages_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/pages"
)

var update = flag.Bool("update", false, "write the golden pages anew")

var assetHash = regexp.MustCompile(`(pages|icon)\.[0-9a-f]{12}\.`)

func TestGoldenPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	h := serve(pages.New(pages.Options{Describer: s}), s.Catalog, s.now, everything)
	for name, path := range shownPages(s) {
		golden(t, name, get(t, h, path).Body.String())
	}
}

// golden compares a page with the one that is kept under its name.
func golden(t *testing.T, name, page string) {
	t.Helper()
	got := assetHash.ReplaceAllString(page, "$1.HASH.")
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v: run the test with -update", err)
		return
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs from its golden page; look at it, then -update (-want +got)\n%s", name, diff)
	}
}

var href = regexp.MustCompile(`(?:href|action|src)="([^"]*)"`)

// TestEveryLinkLeadsSomewhere follows every address on every page, under a base path.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	h := serve(pages.New(pages.Options{Base: "/app", Describer: s}), s.Catalog, s.now, everything)
	seen, next := map[string]bool{}, []string{"/app/"}
	for len(next) > 0 && len(seen) < 2000 {
		path := next[0]
		next = next[1:]
		w := get(t, h, path)
		if w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
			t.Errorf("%s: status %d", path, w.Code)
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(w.Body.String(), -1) {
			link := strings.ReplaceAll(m[1], "&amp;", "&")
			if strings.HasPrefix(link, "https://ci.example.com/") || strings.HasPrefix(link, "#") {
				continue
			}
			if !strings.HasPrefix(link, "/app/") {
				t.Errorf("%s links to %q, outside the base path", path, link)
				continue
			}
			// Filters can be put together without end: three at a time are enough, or two in `make test`.
			if link, _, _ = strings.Cut(link, "#"); !seen[link] && strings.Count(link, "&") < testenv.Rounds(1, 2) {
				seen[link] = true
				next = append(next, link)
			}
		}
	}
	if len(seen) < 60 || len(seen) >= 2000 {
		t.Errorf("%d addresses were found", len(seen))
	}
}

func TestNothingOutOfReachIsShown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := pages.New(pages.Options{Describer: s})
	grant := func(g access.Grant) access.Principal { g.Tenant = behavepro.Local; return access.Principal{Grant: g} }
	read := []access.Verb{access.ReposRead, access.ResultsRead}
	for name, c := range map[string]struct {
		who  access.Principal
		want map[int]bool
	}{
		"another project":    {grant(access.Grant{Projects: []behavepro.ProjectKey{"BANK"}, Verbs: read}), map[int]bool{200: true, 404: true}},
		"another repository": {grant(access.Grant{AllProjects: true, Repository: "other", Verbs: read}), map[int]bool{200: true, 404: true}},
		"without a verb":     {grant(access.Grant{AllProjects: true, Verbs: []access.Verb{access.ResultsWrite}}), map[int]bool{403: true, 404: true}},
		"nobody":             {access.Principal{}, map[int]bool{403: true, 404: true}},
	} {
		h := serve(p, s.Catalog, s.now, c.who)
		for page, path := range shownPages(s) {
			w := get(t, h, path)
			if !c.want[w.Code] {
				t.Errorf("%s, %s: status %d", name, page, w.Code)
			}
			body := strings.ReplaceAll(w.Body.String(), "Points are credited when an order ships", "") // the example of how to tag
			for _, canary := range []string{"Earning points", "member with", "Points", "earn.feature", "https://git.example.com/shop/webstore", "Vouchers", "Grace", "basket worth", "vouchers.ts", "Redeemed"} {
				if strings.Contains(body, canary) {
					t.Errorf("%s, %s: shows %q", name, page, canary)
				}
			}
		}
	}
	inside := serve(p, s.Catalog, s.now, grant(access.Grant{Projects: []behavepro.ProjectKey{"SHOP"}, Verbs: read}))
	if w := get(t, inside, "/issues/SHOP-12"); w.Code != 200 || !strings.Contains(w.Body.String(), "Guests earn nothing") {
		t.Errorf("the project itself: status %d", w.Code)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	h := serve(pages.New(pages.Options{}), s.Catalog, s.now, everything)
	w := get(t, h, "/issues/SHOP-12")
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy: %s", policy)
	}
	for _, inline := range []string{" style=", "<style", "<script>", " onclick", " onload"} {
		if strings.Contains(w.Body.String(), inline) {
			t.Errorf("the page holds %q", inline)
		}
	}
	tag := w.Header().Get("ETag")
	if again := get(t, h, "/issues/SHOP-12", "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("asked again with %s: status %d, %d bytes", tag, again.Code, again.Body.Len())
	}
	for _, m := range regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		a := get(t, h, m[1])
		if a.Code != 200 || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || a.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: status %d, %v", m[1], a.Code, a.Header())
		}
	}
	if a := get(t, h, "/assets/pages.000000000000.css"); a.Code != 404 || strings.Contains(a.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("an old asset: status %d, %v", a.Code, a.Header())
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	h := serve(pages.New(pages.Options{}), s.Catalog, s.now, everything)
	repo := "/repositories/" + url.PathEscape(string(s.Repo.ID))
	gold := s.commits["gold"].String()
	for _, c := range []struct {
		path, to string
		status   int
		says     string
	}{
		{"/issues?key=+shop-12", "/issues/SHOP-12", 303, ""},
		{"/issues?key=", "/", 303, ""},
		{"/issues?key=nonsense", "", 400, "is not an issue key"},
		{"/issues/shop-12?ref=main", "/issues/SHOP-12?ref=main", 303, ""},
		{"/issues/SHOP-12?ref.shop%2Fwebstore=main&ref.shop%2Fwebstore-commit=release/2.4", "/issues/SHOP-12?ref.shop/webstore=release/2.4", 303, ""},
		{"/issues/SHOP-12?ref.shop/webstore=release/2.4", "", 200, "release/2.4 · "},
		{"/issues/SHOP-12?ref=nowhere", "", 200, "in this repository: this is"},
		{"/issues/SHOP-15", "", 200, "SHOP-12-loyalty-points (1)"},
		{"/issues/SHOP-15?ref=SHOP-12-loyalty-points", "", 200, "Staff orders earn half"},
		{"/issues/SHOP-15?ref=release/2.4", "", 200, "There is no scenario for SHOP-15"},
		{"/issues/SHOP-12?params=Os%3DLinux%0ARuntime%3DJava+17", "", 200, "4 passed"},
		{repo + "?ref=main&ref-commit=" + gold[:8] + "&q=a", repo + "?q=a&ref=" + gold[:8], 303, ""},
		{repo + "?ref=" + gold, "", 200, "commit " + gold[:7]},
		{repo + "?ref=nowhere", "", 404, "neither a branch nor an indexed commit"},
		{repo + "?path=features/none.feature", "", 404, "There is no feature file features/none.feature"},
		{repo + "?path=none/", "", 404, "There is no directory none/"},
		{repo + "?q=%22nothing+like+it%22", "", 200, "No scenario fits"},
		{repo + "?q=@SHOP-7", "", 200, "2 scenarios found"},
		{repo + "?q=invoice+printed", "", 200, "1 scenario found"},
		{repo + "?status=flaky", "", 200, "1 scenario found"},
		{repo + "?status=stale", "", 200, "1 scenario found"},
		{repo + "?tag=@wip&tag=@loyalty", "", 200, "1 scenario found"},
		{repo + "/scenarios/" + strings.Repeat("ab", 32), "", 404, "There is no such scenario"},
		{repo + "/scenarios/short", "", 404, "not the name of a scenario"},
		{repo + "/steps?ref=main&ref-commit=" + gold[:8], repo + "/steps?ref=" + gold[:8], 303, ""},
		{repo + "/steps?ref=" + gold, "", 200, "shop.GiftSteps.card"},
		{repo + "/steps?ref=nowhere", "", 404, "neither a branch nor an indexed commit"},
		{"/repositories/none/steps", "", 404, "There is no repository"},
		{"/repositories/none", "", 404, "There is no repository"},
		{"/nowhere", "", 404, "There is no page at /nowhere"},
	} {
		w := get(t, h, c.path)
		if w.Code != c.status || w.Header().Get("Location") != c.to || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: status %d to %q, want %d to %q saying %q", c.path, w.Code, w.Header().Get("Location"), c.status, c.to, c.says)
		}
	}
}
