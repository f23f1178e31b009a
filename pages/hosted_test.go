package pages_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/pages"
)

var (
	form   = regexp.MustCompile(`(?s)<form.*?</form>`)
	hidden = `<input type="hidden" name="ctx" value="who-and-what">`
)

// TestInsideAnotherSite follows every address of pages that another site shows: each keeps the token, and so does each form;
// issues lead to the site.
func TestInsideAnotherSite(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	host := &pages.Host{
		Site: "https://shop.example.net", Ancestors: []string{"https://shop.example.net", "https://tests.example.org"},
		Script: "https://cdn.example.net/all.js", Renew: "/jira/token", Token: "who-and-what",
	}
	h := serveIn(host, pages.New(pages.Options{Base: "/jira", Describer: s}), s.Catalog, s.now, everything)
	seen, next := map[string]bool{}, []string{"/jira/issues/SHOP-12?ctx=who-and-what", "/jira/repositories?ctx=who-and-what", "/jira/issues/SHOP-404?ctx=who-and-what", "/jira/issues/none?ctx=who-and-what"}
	issues, forms := 0, 0
	for len(next) > 0 && len(seen) < testenv.Rounds(150, 600) {
		path := next[0]
		next = next[1:]
		w := get(t, h, path)
		policy := w.Header().Get("Content-Security-Policy")
		if strings.Contains(path, "/attachments/") { // no page: nothing in it runs, and no page frames it
			if policy != "sandbox; default-src 'none'; frame-ancestors 'none'" {
				t.Errorf("%s: policy %s", path, policy)
			}
			continue
		}
		if !strings.HasSuffix(policy, "frame-ancestors https://shop.example.net https://tests.example.org") || !strings.Contains(policy, "script-src 'self' https://cdn.example.net;") {
			t.Errorf("%s: policy %s", path, policy)
		}
		if w.Code == http.StatusSeeOther && !strings.Contains(w.Header().Get("Location"), "ctx=who-and-what") {
			t.Errorf("%s leads to %s, without the token", path, w.Header().Get("Location"))
		}
		body := w.Body.String()
		if w.Code == http.StatusOK && (!strings.Contains(body, `<script src="https://cdn.example.net/all.js"`) || !strings.Contains(body, `data-renew="/jira/token"`) || strings.Contains(body, `class="site`)) {
			t.Errorf("%s: no script of the site, or a header of its own", path)
		}
		for _, f := range form.FindAllString(body, -1) {
			if forms++; strings.Count(f, hidden) != 1 {
				t.Errorf("%s: a form keeps the token %d times: %s", path, strings.Count(f, hidden), f)
			}
		}
		for _, m := range href.FindAllStringSubmatch(body, -1) {
			link, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			switch {
			case link == "", strings.HasPrefix(link, "https://ci.example.com/"), strings.HasPrefix(link, "https://cdn.example.net/"), strings.HasPrefix(link, "/jira/assets/"):
			case strings.HasPrefix(link, "https://shop.example.net/browse/"):
				issues++
				if !strings.Contains(body, m[0]+` target="_top"`) {
					t.Errorf("%s: %s stays in the frame", path, link)
				}
			case !strings.HasPrefix(link, "/jira/"):
				t.Errorf("%s links to %s", path, link)
			case strings.Contains(m[0], "action="): // a browser drops the query of a form's address
			default:
				u, err := url.Parse(link)
				if err != nil || len(u.Query()["ctx"]) != 1 {
					t.Errorf("%s: %s keeps no token, or several: %v", path, link, err)
				}
				if !seen[link] && strings.Count(link, "&") < 3 {
					seen[link] = true
					next = append(next, link)
				}
			}
		}
	}
	if len(seen) < 50 || issues == 0 || forms < 10 {
		t.Errorf("only %d pages, %d links to issues and %d forms were seen", len(seen), issues, forms)
	}
}
