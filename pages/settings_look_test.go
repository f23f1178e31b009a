package pages_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/pages/browsertest"
)

// shownSettings are the pages of settings that are looked at; those with a form are answers to it.
var shownSettings = map[string]struct{ path, form string }{
	"settings":                 {"/settings?did=sync", ""},
	"settings-connect":         {"/settings/connect", ""},
	"settings-connect-wrong":   {"/settings/connect", "url=git@git.example.com:shop/new.git&projects=SHOP,+12&branches=[&credential=ssh&sshkey=KEY"},
	"settings-connect-refused": {"/settings/connect", "url=https://git.example.com/shop/new.git&projects=SHOP&credential=token&user=robot&token=x&fails=1"},
	"settings-connect-test":    {"/settings/connect", "url=https://git.example.com/shop/new.git&projects=SHOP&do=test"},
	"settings-connected":       {"/settings/connect", "url=https://git.example.com/shop/new.git&projects=SHOP&do=connect"},
	"settings-repository":      {"/settings/repositories/id-shop%2Fwebstore", ""},
	"settings-remove":          {"/settings/repositories/id-shop%2Fwebstore/remove", "confirm=shop/webshop"},
	"settings-hook":            {"/settings/repositories/id-shop%2Fwebstore/hook", "x=1"},
	"settings-new-token":       {"/settings/tokens", ""},
	"settings-new-trust":       {"/settings/trusts", ""},
	"settings-trust-wrong":     {"/settings/trusts", "name=&projects=shop&issuer=x&repository-id=&owner-id=77&refs=refs/heads/main%0D%0Arefs/pull/*/merge&events=&gate=yes"},
	"settings-evidence":        {"/settings/evidence/SHOP", ""},
	"settings-evidence-wrong":  {"/settings/evidence/SHOP", "keep=all&masks=(&days=soon"},
	"settings-token":           {"/settings/tokens", "name=CI+of+the+webstore&projects=SHOP&can=results:write&expires=365"},
}

func (m *managed) show(t testing.TB, h http.Handler, path, form string) *httptest.ResponseRecorder {
	t.Helper()
	m.fails = nil
	if strings.Contains(form, "fails=1") {
		m.fails = behavepro.Explain(behavepro.ErrUnauthenticated, "git.example.com answered 401: who are you?", "give a credential: --git-token-file, or `behavepro repos credential set`")
	}
	if form == "" {
		return get(t, h, path)
	}
	return post(t, h, path, form)
}

func TestGoldenSettings(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	for name, c := range shownSettings {
		golden(t, name, m.show(t, m.as(admin), c.path, c.form).Body.String())
	}
	without := func(v *pages.Visit) { v.Host, v.NoLeave = insideJira, true }
	golden(t, "settings-inside", get(t, m.as(shopAdmin, without), "/settings").Body.String())
}

// TestSettingsLinks follows the addresses of settings inside another site: each keeps the token once, in the address or in the form.
func TestSettingsLinks(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	m.pages = pages.New(pages.Options{Base: "/jira"})
	h := m.as(admin, func(v *pages.Visit) { v.Host = insideJira })
	seen, next, forms := map[string]bool{}, []string{"/jira/settings?ctx=who-and-what"}, 0
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		w := get(t, h, path)
		if w.Code != http.StatusOK || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: status %d, %v", path, w.Code, w.Header())
		}
		body := w.Body.String()
		for _, f := range form.FindAllString(body, -1) {
			if forms++; strings.Count(f, hidden) != 1 {
				t.Errorf("%s: a form keeps the token %d times: %s", path, strings.Count(f, hidden), f)
			}
		}
		for _, found := range regexp.MustCompile(`href="([^"#]*)[^"]*"`).FindAllStringSubmatch(body, -1) {
			link := html.UnescapeString(found[1])
			if link == "" || strings.HasPrefix(link, "/jira/assets/") || !strings.HasPrefix(link, "/jira/settings") {
				continue
			}
			if u, err := url.Parse(link); err != nil || len(u.Query()["ctx"]) != 1 {
				t.Errorf("%s: %s keeps no token: %v", path, link, err)
			}
			if !seen[link] {
				seen[link] = true
				next = append(next, link)
			}
		}
	}
	if len(seen) < 8 || forms < 20 {
		t.Errorf("only %d pages and %d forms were seen", len(seen), forms)
	}
}

func TestSettingsInABrowser(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	b := browsertest.Start(t)
	for name, c := range shownSettings {
		t.Run(name, func(t *testing.T) {
			// What a form is answered with is looked at as an ordinary page.
			shown := m.show(t, m.as(admin), c.path, c.form)
			own := http.NewServeMux()
			own.Handle("/assets/", m.as(admin))
			own.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", shown.Header().Get("Content-Security-Policy"))
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(shown.Body.Bytes())
			})
			server := httptest.NewServer(own)
			defer server.Close()
			look(t, b, server.URL, name)
		})
	}
	t.Run("settings-inside", func(t *testing.T) {
		server := httptest.NewServer(m.as(shopAdmin, func(v *pages.Visit) {
			v.Host, v.NoLeave = &pages.Host{Site: "https://shop.example.net", Token: "who-and-what"}, true
		}))
		defer server.Close()
		look(t, b, server.URL+"/settings", "settings-inside")
	})
}

func TestUsingSettings(t *testing.T) {
	t.Parallel()
	b := browsertest.Start(t)
	open := func(t *testing.T, path string, view browsertest.View, change ...func(*pages.Visit)) (*managed, *browsertest.Page) {
		m := newManaged(t)
		server := httptest.NewServer(m.as(admin, change...))
		t.Cleanup(server.Close)
		return m, b.Open(t, server.URL+path, view)
	}
	for name, how := range map[string]struct {
		noScript bool
		host     *pages.Host
	}{"with script": {}, "without script": {true, nil}, "inside Jira": {false, &pages.Host{Token: "who-and-what"}}} {
		noScript := how.noScript
		t.Run("connect "+name, func(t *testing.T) {
			if how.host != nil {
				testenv.OnlySlow(t)
			}
			m, page := open(t, "/settings/connect", browsertest.View{NoScript: noScript}, func(v *pages.Visit) { v.Host = how.host })
			page.Do(t, chromedp.SetValue(chromedp.CSS(`#f-url`), "https://git.example.com/shop/new.git"), chromedp.SetValue(chromedp.CSS(`#f-projects`), "SHOP"),
				chromedp.Click(chromedp.CSS(`[value=token]`)), chromedp.WaitVisible(chromedp.CSS(`#f-token`)), chromedp.SetValue(chromedp.CSS(`#f-token`), "s3cret"),
				chromedp.Click(chromedp.CSS(`[value=test]`)), chromedp.WaitVisible(chromedp.CSS(`#tested .note.good`)))
			if noScript {
				page.Do(t, chromedp.SetValue(chromedp.CSS(`#f-token`), "s3cret")) // no page sends it back
			} else if got := page.Text(t, `document.querySelector("#f-token").value`); got != "s3cret" {
				t.Errorf("the test took the token away: %q", got)
			}
			page.Do(t, chromedp.Click(chromedp.CSS(`[value=connect]`)), chromedp.WaitVisible(chromedp.CSS(`dl.secrets`)))
			if len(m.told) != 1 || m.wish.Credential.Token.Reveal() != "s3cret" || m.wish.Projects[0] != "SHOP" {
				t.Errorf("told %q, wished %+v", m.told, m.wish)
			}
		})
	}
	t.Run("what is wrong is said beside the form", func(t *testing.T) {
		_, page := open(t, "/settings/connect", browsertest.View{})
		page.Do(t, chromedp.SetValue(chromedp.CSS(`#f-url`), "nonsense"), chromedp.Click(chromedp.CSS(`[value=test]`)))
		page.Until(t, `document.querySelector("#tested").innerText.includes("no address of a repository") && document.querySelector("#tested").innerText.includes("at least one project")`)
		page.Do(t, chromedp.Click(chromedp.CSS(`[value=connect]`)))
		page.Until(t, `document.activeElement.id === "f-url" && document.activeElement.value === "nonsense"`)
	})
	t.Run("revoke", func(t *testing.T) {
		m, page := open(t, "/settings", browsertest.View{})
		page.Do(t, chromedp.Click(chromedp.CSS(`.tokens details summary`)), chromedp.Click(chromedp.CSS(`.tokens details[open] button`)), chromedp.WaitVisible(chromedp.CSS(`.note.good`)))
		if len(m.told) != 1 || !strings.HasPrefix(m.told[0], "revoke t") {
			t.Errorf("told %q", m.told)
		}
	})
	t.Run("copy", func(t *testing.T) {
		_, page := open(t, "/settings/repositories/id-shop%2Fwebstore", browsertest.View{})
		page.Do(t, chromedp.Click(chromedp.CSS(`button.copy`)))
		page.Until(t, `document.querySelector("button.copy").innerText === "Copied"`)
	})
	t.Run("from another site", func(t *testing.T) {
		m := newManaged(t)
		server := httptest.NewServer(m.as(access.Principal{Grant: admin.Grant}))
		defer server.Close()
		evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<form method="post" action="` + server.URL + webstore + `/hook"><button>Win</button></form>`))
		}))
		defer evil.Close()
		page := b.Open(t, strings.Replace(evil.URL, "127.0.0.1", "localhost", 1), browsertest.View{})
		page.Do(t, chromedp.Click(chromedp.CSS(`button`)), chromedp.WaitVisible(chromedp.CSS(`main .empty`)))
		if len(m.told) > 0 {
			t.Errorf("another site's form did %q", m.told)
		}
	})
}
