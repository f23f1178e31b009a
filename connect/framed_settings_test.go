package connect_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/pages"
	gitsync "github.com/behavepro/behavepro/sync"
)

// teller is a pages.Manager that only says what it was told.
type teller struct {
	pages.Manager
	told []string
}

func (m *teller) Sync(_ context.Context, id behavepro.RepositoryID) error {
	m.told = append(m.told, "sync "+string(id))
	return nil
}

func (m *teller) Connect(_ context.Context, wish gitsync.NewRepository) (pages.Connected, error) {
	m.told = append(m.told, "connect "+wish.URL+" for "+string(wish.Projects[0]))
	return pages.Connected{Repository: &catalog.Repository{ID: "new", Name: "new"}, Hook: pages.Hook{URL: "https://bdd.example.com/hooks/git/new", Secret: behavepro.NewSecret("hook-secret")}}, nil
}

func (m *teller) CreateToken(_ context.Context, w access.NewToken) (behavepro.Secret, error) {
	m.told = append(m.told, "token for "+string(w.Projects[0]))
	return behavepro.NewSecret("bp_made"), nil
}

func (m *teller) Tokens(context.Context) ([]access.Token, error) { return nil, nil }

func (m *teller) CI() pages.CIServices {
	return pages.CIServices{Issuers: []string{"https://ci.example.com"}, Audience: "https://bdd.example.com/tenant"}
}

func (m *teller) Trusts(context.Context) ([]access.Trust, error) { return nil, nil }

func (m *teller) AddTrust(_ context.Context, wish access.Trust) error {
	m.told = append(m.told, "trust "+wish.RepositoryID+" for "+string(wish.Projects[0]))
	return nil
}

func (m *teller) Hook(context.Context, behavepro.RepositoryID) (pages.Hook, error) {
	return pages.Hook{}, behavepro.ErrNotFound
}

// managed is a Jira where the developer administers SHOP, and no more.
func managed(t *testing.T) (*inside, *teller) {
	t.Helper()
	in, m := newInside(t), &teller{}
	in.frames.Manager = func(access.Principal) pages.Manager { return m }
	err := in.jira.EditProject("SHOP", func(p *jiratest.Project) { p.Administer = append(p.Administer, "acc-dev") })
	if err != nil {
		t.Fatal(err)
	}
	return in, m
}

// send posts a form and follows no redirect.
func (in *inside) send(address, form string) (status int, body, to string) {
	in.t.Helper()
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Post(
		address, "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		in.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		in.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header.Get("Location")
}

var formToken = regexp.MustCompile(`<input type="hidden" name="ctx" value="([^"]*)">`)

// token is the context token in the forms of a page.
func (in *inside) token(body string) string {
	in.t.Helper()
	found := formToken.FindStringSubmatch(body)
	if found == nil {
		in.t.Fatalf("no form on the page:\n%s", body)
	}
	return "ctx=" + url.QueryEscape(html.UnescapeString(found[1]))
}

// TestSettingsInJira writes as a project's admin, and tries what must not write.
func TestSettingsInJira(t *testing.T) {
	t.Parallel()
	in, m := managed(t)
	_, page, _ := in.open(jiratest.Panel{Module: "settings", Account: "acc-dev", Project: "SHOP"})
	if !strings.Contains(page, "webstore") || strings.Contains(page, "vault") || strings.Contains(page, "syncd") {
		t.Fatalf("the page of a project's admin:\n%s", page)
	}
	sync, token := in.link(page, "/repositories/webstore/sync"), in.token(page)
	status, _, to := in.send(sync, token)
	if status != http.StatusSeeOther || !strings.Contains(to, "/frames/settings/settings?") || !strings.Contains(to, "ctx=") {
		t.Errorf("sync: status %d to %s", status, to)
	}
	if status, body, _ := in.get(in.url + to); status != http.StatusOK || !strings.Contains(body, "A sync was asked for.") {
		t.Errorf("after the sync: status %d\n%s", status, body)
	}
	tokens := strings.Replace(sync, "/repositories/webstore/sync", "/tokens", 1)
	if status, body, _ := in.send(tokens, token+"&name=ci&can=results:write&expires=0"); status != http.StatusOK || !strings.Contains(body, "bp_made") {
		t.Errorf("a token: status %d\n%s", status, body)
	}
	if want := []string{"sync id-webstore", "token for SHOP"}; !slices.Equal(m.told, want) {
		t.Errorf("told %q, want %q", m.told, want)
	}
	m.told = nil
	connectTo, wish := strings.Replace(tokens, "/tokens", "/connect", 1), "&url=https://git.example.com/a.git&credential=none&branches=&path=&name=&do=connect"
	panel := func(p jiratest.Panel) string {
		_, body, _ := in.open(p)
		m := regexp.MustCompile(`ctx=([^"&]+)`).FindStringSubmatch(html.UnescapeString(body))
		if m == nil {
			t.Fatalf("no token on the page:\n%s", body)
		}
		return "ctx=" + m[1]
	}
	for name, c := range map[string]struct {
		address, form string
		status        int
	}{
		"no token":                       {sync, "", 401},
		"the token in the address":       {sync + "?" + token, "", 401},
		"a broken token":                 {sync, token + "x", 401},
		"a reader's token of a panel":    {sync, panel(jiratest.Panel{Module: "scenarios", Account: "acc-reader", Issue: "SHOP-1"}), 401},
		"a token of the documentation":   {sync, panel(jiratest.Panel{Module: "documentation", Account: "acc-dev", Project: "SHOP"}), 401},
		"another project's repository":   {strings.Replace(sync, "webstore", "vault", 1), token, 404},
		"a token for another project":    {tokens, token + "&name=ci&projects=SEC&can=results:write&expires=0", 403},
		"a token that does everything":   {tokens, token + "&name=ci&can=admin&expires=0", 403},
		"a repository without leave":     {connectTo, token + wish, 403},
		"no leave, but a token for it":   {tokens, token + "&name=ci&can=repos:write&expires=0", 403},
		"another project without leave":  {connectTo, token + wish + "&projects=SEC", 403},
		"settings below a panel":         {strings.Replace(sync, "/frames/settings/", "/frames/scenarios/", 1), panel(jiratest.Panel{Module: "scenarios", Account: "acc-dev", Issue: "SHOP-1"}), 404},
		"settings of documentation":      {strings.Replace(sync, "/frames/settings/", "/frames/documentation/", 1), panel(jiratest.Panel{Module: "documentation", Account: "acc-dev", Project: "SHOP"}), 404},
		"the site, with a project's own": {strings.Replace(sync, "/frames/settings/", "/frames/site/", 1), token, 401},
	} {
		if status, body, _ := in.send(c.address, c.form); status != c.status || len(m.told) > 0 || strings.Contains(body, "secret") {
			t.Errorf("%s: status %d, want %d; told %q\n%s", name, status, c.status, m.told, body)
		}
	}
	allowed := func(is pages.Rules) {
		if err := (connect.Rules{Scope: in.scope}).SetRules(t.Context(), is); err != nil {
			t.Fatal(err)
		}
	}
	allowed(pages.Rules{ProjectAdmins: true})
	if status, body, _ := in.send(connectTo, token+wish); status != http.StatusOK || !strings.Contains(body, "hook-secret") {
		t.Errorf("with leave: status %d\n%s", status, body)
	}
	if status, _, _ := in.send(connectTo, token+wish+"&projects=SEC"); status != http.StatusForbidden {
		t.Errorf("with leave, another project: status %d", status)
	}
	allowed(pages.Rules{Anonymous: true})
	site := panel(jiratest.Panel{Module: "settings", Account: "acc-admin", Project: "SHOP"})
	if status, body, _ := in.send(connectTo, site+wish); status != http.StatusOK {
		t.Errorf("the site's admin: status %d\n%s", status, body)
	}
	whole := panel(jiratest.Panel{Module: "site", Account: "acc-admin"})
	if status, body, _ := in.send(strings.Replace(connectTo, "/frames/settings/", "/frames/site/", 1), whole+wish+"&projects=SEC"); status != http.StatusOK {
		t.Errorf("the site's admin, for another project: status %d\n%s", status, body)
	}
	if want := []string{"connect https://git.example.com/a.git for SHOP", "connect https://git.example.com/a.git for SHOP", "connect https://git.example.com/a.git for SEC"}; !slices.Equal(m.told, want) {
		t.Errorf("told %q, want %q", m.told, want)
	}
	m.told = nil
	if err := in.jira.EditProject("SHOP", func(p *jiratest.Project) { p.Administer = nil }); err != nil {
		t.Fatal(err)
	}
	in.step = 2 * time.Minute // what Jira said is kept for a while
	if status, body, _ := in.send(sync, token); status != http.StatusForbidden || len(m.told) > 0 {
		t.Errorf("an admin no more: status %d, told %q\n%s", status, m.told, body)
	}
	in.step = 16 * time.Minute
	if status, _, _ := in.send(sync, token); status != http.StatusUnauthorized || len(m.told) > 0 {
		t.Errorf("after the token has expired: status %d, told %q", status, m.told)
	}
}

// TestSettingsOnlyShown: without a manager nothing writes.
func TestSettingsOnlyShown(t *testing.T) {
	t.Parallel()
	in := newInside(t)
	_, page, _ := in.open(jiratest.Panel{Module: "settings", Account: "acc-admin", Project: "SHOP"})
	if !strings.Contains(page, "webstore") || strings.Contains(page, "<form method") {
		t.Errorf("the page:\n%s", page)
	}
}

// TestSiteTrusts: a Jira admin says which CI jobs are trusted; a project's admin does not, and is not asked.
func TestSiteTrusts(t *testing.T) {
	t.Parallel()
	in, m := managed(t)
	_, own, _ := in.open(jiratest.Panel{Module: "settings", Account: "acc-dev", Project: "SHOP"})
	if strings.Contains(own, "CI jobs") {
		t.Errorf("a project's admin is asked which jobs to trust:\n%s", own)
	}
	_, page, _ := in.open(jiratest.Panel{Module: "site", Account: "acc-admin"})
	_, page, _ = in.get(in.link(page, "/settings?"))
	_, page, _ = in.get(in.link(page, "/settings/trusts"))
	if !strings.Contains(page, "https://bdd.example.com/tenant") {
		t.Errorf("the form does not say the audience:\n%s", page)
	}
	site, token := in.link(page, "/settings/trusts"), in.token(page)
	form := "&projects=SHOP&issuer=https://ci.example.com&repository-id=1001&owner-id=77&refs=refs/heads/main&events=push"
	for name, c := range map[string]struct {
		address, token string
		status         int
	}{
		"no token":                     {site, "", 401},
		"a project admin's token":      {site, in.token(own), 401},
		"below the project's settings": {strings.Replace(site, "/frames/site/", "/frames/settings/", 1), in.token(own), 403},
	} {
		if status, _, _ := in.send(c.address, c.token+form); status != c.status || len(m.told) > 0 {
			t.Errorf("%s: status %d, want %d; told %q", name, status, c.status, m.told)
		}
	}
	if status, body, _ := in.send(site, token+form); status != http.StatusSeeOther || !slices.Equal(m.told, []string{"trust 1001 for SHOP"}) {
		t.Errorf("the site's admin: status %d, told %q\n%s", status, m.told, body)
	}
}

// TestSiteDecides: a Jira admin decides what project admins and people who are not signed in may do, and nobody else does.
func TestSiteDecides(t *testing.T) {
	t.Parallel()
	in, _ := managed(t)
	err := in.jira.EditProject("SHOP", func(p *jiratest.Project) { p.Browse = []string{jiratest.Anonymous} })
	if err != nil {
		t.Fatal(err)
	}
	nobody := jiratest.Panel{Module: "scenarios", Issue: "SHOP-1"}
	if status, body, _ := in.open(nobody); status != http.StatusUnauthorized || !strings.Contains(body, "not signed in to Jira") {
		t.Errorf("nobody, before: status %d\n%s", status, body)
	}
	_, page, _ := in.open(jiratest.Panel{Module: "site", Account: "acc-admin"})
	settings := in.link(page, "/settings?")
	_, page, _ = in.get(settings)
	site, token := in.link(page, "/settings/site"), in.token(page)
	_, own, _ := in.open(jiratest.Panel{Module: "settings", Account: "acc-dev", Project: "SHOP"})
	if strings.Contains(own, "/settings/site") {
		t.Error("a project's admin is shown the site's rules")
	}
	for name, c := range map[string]struct {
		address, form string
		status        int
	}{
		"no token":                     {site, "", 401},
		"the token in the address":     {site + "?" + token, "", 401},
		"a project admin's token":      {site, in.token(own), 401},
		"below the project's settings": {strings.Replace(site, "/frames/site/", "/frames/settings/", 1), in.token(own), 404},
	} {
		if status, _, _ := in.send(c.address, c.form+"&anonymous=yes&project-admins=yes"); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
	}
	if is, err := (connect.Rules{Scope: in.scope}).Rules(t.Context()); err != nil || is != (pages.Rules{}) {
		t.Fatalf("after the attempts: %+v %v", is, err)
	}
	status, _, to := in.send(site, token+"&anonymous=yes&project-admins=yes")
	if status != http.StatusSeeOther {
		t.Fatalf("the site's admin: status %d", status)
	}
	if _, body, _ := in.get(in.url + to); !strings.Contains(body, "What this Jira site allows was changed.") || strings.Count(body, `value="yes" checked`) != 2 {
		t.Errorf("after the change:\n%s", body)
	}
	if status, body, _ := in.open(nobody); status != http.StatusOK || !strings.Contains(body, "Points are credited") {
		t.Errorf("nobody, where that is allowed: status %d\n%s", status, body)
	}
	if status, _, _ := in.open(jiratest.Panel{Module: "scenarios", Issue: "SEC-1"}); status != http.StatusForbidden {
		t.Errorf("nobody, where Jira does not show the issue: status %d", status)
	}
	if status, _, _ := in.open(jiratest.Panel{Module: "settings", Project: "SHOP"}); status != http.StatusUnauthorized {
		t.Errorf("nobody, in settings: status %d", status)
	}
	if _, body, _ := in.open(jiratest.Panel{Module: "settings", Account: "acc-dev", Project: "SHOP"}); !strings.Contains(body, "Connect a repository") {
		t.Errorf("a project's admin with leave:\n%s", body)
	}
	if status, _, _ := in.send(site, token); status != http.StatusSeeOther { // no box is checked
		t.Errorf("taking it back: status %d", status)
	}
	if status, _, _ := in.open(nobody); status != http.StatusUnauthorized {
		t.Errorf("nobody, after it was taken back: status %d", status)
	}
}
