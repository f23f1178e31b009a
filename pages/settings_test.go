package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/pages"
	gitsync "github.com/behavepro/behavepro/sync"
)

// keeper is a Manager that keeps what it was told, and does it to a catalog.
type keeper struct {
	catalog *catalog.Catalog
	now     time.Time
	tokens  []access.Token
	hooks   map[behavepro.RepositoryID]pages.Hook
	told    []string
	wish    gitsync.NewRepository
	trusts  []access.Trust
	issuers []string
	trust   access.Trust // that was wished
	fails   error        // what every write answers with; nil does it
}

func (k *keeper) tell(format string, args ...any) error {
	if k.fails == nil {
		k.told = append(k.told, fmt.Sprintf(format, args...))
	}
	return k.fails
}

func (k *keeper) Test(_ context.Context, wish gitsync.NewRepository) (pages.Found, error) {
	k.wish = wish
	return pages.Found{Branches: 7}, k.fails
}

func (k *keeper) Connect(_ context.Context, wish gitsync.NewRepository) (pages.Connected, error) {
	k.wish = wish
	repo := &catalog.Repository{ID: "id-new", Name: "shop/new"}
	return pages.Connected{Repository: repo, Hook: hookOf("new")}, k.tell("connect %s for %v", wish.URL, wish.Projects)
}

func (k *keeper) Change(_ context.Context, id behavepro.RepositoryID, c gitsync.RepositoryChange) error {
	return k.tell("change %s: %s %v %s %v", id, *c.Name, *c.Branches, *c.Path, *c.Projects)
}

func (k *keeper) SetCredential(_ context.Context, id behavepro.RepositoryID, c catalog.Credential) error {
	return k.tell("credential %s: %s/%s/%q/%q", id, c.User, c.Token.Reveal(), c.SSHKey.Reveal(), c.KnownHosts)
}

func (k *keeper) Sync(_ context.Context, id behavepro.RepositoryID) error {
	return k.tell("sync %s", id)
}

func (k *keeper) Remove(_ context.Context, id behavepro.RepositoryID) error {
	return k.tell("remove %s", id)
}

func hookOf(name string) pages.Hook {
	return pages.Hook{URL: "https://bdd.example.com/hooks/git/" + name + "k3vq7w", Secret: behavepro.NewSecret("hook-secret-" + name)}
}

func (k *keeper) Hook(_ context.Context, id behavepro.RepositoryID) (pages.Hook, error) {
	h, ok := k.hooks[id]
	if !ok {
		return h, behavepro.ErrNotFound
	}
	return h, nil
}

func (k *keeper) RotateHook(_ context.Context, id behavepro.RepositoryID) (pages.Hook, error) {
	return hookOf("rotated"), k.tell("hook %s", id)
}

func (k *keeper) Tokens(context.Context) ([]access.Token, error) { return slices.Clone(k.tokens), nil }

func (k *keeper) CreateToken(_ context.Context, w access.NewToken) (behavepro.Secret, error) {
	until := ""
	if !w.Expires.IsZero() {
		until = w.Expires.UTC().Format(time.DateOnly)
	}
	return behavepro.NewSecret("bp_made_secret"), k.tell("token %s: all %v %v, %v, %q, %q", w.Name, w.AllProjects, w.Projects, w.Verbs, w.Repository, until)
}

func (k *keeper) RevokeToken(_ context.Context, id string) error { return k.tell("revoke %s", id) }

func (k *keeper) CI() pages.CIServices {
	return pages.CIServices{Issuers: k.issuers, Audience: "https://bdd.example.com"}
}

func (k *keeper) Trusts(context.Context) ([]access.Trust, error) { return slices.Clone(k.trusts), nil }

func (k *keeper) AddTrust(_ context.Context, wish access.Trust) error {
	k.trust = wish
	return k.tell("trust %s", wish.Name)
}

func (k *keeper) EndTrust(_ context.Context, id string) error { return k.tell("end %s", id) }

// managed is a house of settings: three repositories of SHOP, one of them of BANK too, and one of BANK alone.
type managed struct {
	*keeper
	pages *pages.Pages
}

func newManaged(t testing.TB) *managed {
	t.Helper()
	ctx := context.Background()
	c := catalogtest.Open(t)
	m := &managed{&keeper{catalog: c, now: time.Unix(1_700_000_000, 0), hooks: map[behavepro.RepositoryID]pages.Hook{}}, pages.New(pages.Options{})}
	m.pages = pages.New(pages.Options{})
	for _, r := range []struct {
		name     string
		branches []string
		path     string
		projects []behavepro.ProjectKey
		state    catalog.SyncState
	}{
		{"shop/app", nil, "", []behavepro.ProjectKey{"SHOP"}, catalog.SyncState{
			Phase: "failed", Error: "git.example.com answered 401", Hint: "give a credential: --git-token-file, or `behavepro repos credential set`", Finished: m.now.Add(-50 * time.Hour),
		}},
		{"shop/import", []string{"main"}, "", []behavepro.ProjectKey{"SHOP"}, catalog.SyncState{Phase: "parsing", Done: 8_400, Total: 20_555, ETA: 95 * time.Second, First: true}},
		{"shop/webstore", []string{"main", "release/*"}, "features", []behavepro.ProjectKey{"SHOP"}, catalog.SyncState{Phase: "done", Finished: m.now.Add(-40 * time.Second), Problems: 2}},
		{"shared/login", nil, "features", []behavepro.ProjectKey{"BANK", "SHOP"}, catalog.SyncState{Phase: "done", Finished: m.now.Add(-3 * time.Minute)}},
		{"bank/vault", nil, "", []behavepro.ProjectKey{"BANK"}, catalog.SyncState{Phase: "done", Finished: m.now.Add(-3 * time.Minute)}},
	} {
		h := catalogtest.New(t, c, r.name, r.projects[0])
		h.Repo.URL, h.Repo.Branches, h.Repo.Path, h.Repo.Projects = "https://git.example.com/"+r.name+".git", r.branches, r.path, r.projects
		if err := c.PutRepository(ctx, h.Repo); err != nil {
			t.Fatal(err)
		}
		if r.state.Phase == "done" {
			h.Branch("main", map[string]behavepro.SHA{"main": h.Commit(map[string]string{"features/a.feature": "Feature: A\n  Scenario: One\n    Given it\n"})})
		}
		if err := c.PutSyncState(ctx, h.Repo.ID, r.state); err != nil {
			t.Fatal(err)
		}
		hook := hookOf(strings.ReplaceAll(r.name, "/", ""))
		hook.Secret, hook.Created = behavepro.Secret{}, m.now.Add(-30*time.Hour)
		m.hooks[h.Repo.ID] = hook
	}
	grant := func(all bool, verbs []access.Verb, projects ...behavepro.ProjectKey) access.Grant {
		return access.Grant{Tenant: behavepro.Local, AllProjects: all, Verbs: verbs, Projects: projects}
	}
	ci := []access.Verb{access.ResultsWrite, access.ResultsRead, access.ReposRead}
	m.tokens = []access.Token{
		{ID: "t1", Name: "CI of the webstore", Grant: grant(false, ci, "SHOP"), Created: m.now.Add(-20 * 24 * time.Hour), LastUsed: m.now.Add(-4 * time.Minute), Expires: m.now.AddDate(0, 11, 0)},
		{ID: "t2", Name: "nightly", Grant: grant(false, ci, "BANK", "SHOP"), Created: m.now.Add(-90 * 24 * time.Hour), Expires: m.now.Add(-time.Hour), LastUsed: m.now.Add(-26 * time.Hour)},
		{ID: "t3", Name: "laptop of the Loyalty Team", Grant: grant(true, []access.Verb{access.Admin}), Created: m.now.Add(-2 * time.Hour)},
		{ID: "t4", Name: "gone", Grant: grant(false, ci, "SHOP"), Revoked: m.now},
		{ID: "home", Name: "admin", Grant: grant(true, []access.Verb{access.Admin}), Created: m.now.Add(-200 * 24 * time.Hour), Home: true},
	}
	m.tokens[0].Repository = "id-shop/webstore"
	m.issuers = []string{"https://token.actions.githubusercontent.com", "https://gitlab.example.com"}
	m.trusts = []access.Trust{
		{
			ID: "x1", Name: "shop/webstore on main", Projects: []behavepro.ProjectKey{"SHOP"}, Repository: "id-shop/webstore", Issuer: m.issuers[0], RepositoryID: "1001", OwnerID: "77",
			Refs: []string{"refs/heads/main", "refs/pull/*/merge"}, Events: []string{"push", "pull_request"}, Gate: true, Created: m.now.Add(-3 * 24 * time.Hour),
		},
		{ID: "x2", Projects: []behavepro.ProjectKey{"BANK", "SHOP"}, Issuer: m.issuers[1], RepositoryID: "42", OwnerID: "7", Refs: []string{"refs/heads/*"}, Events: []string{"push"}, Created: m.now.Add(-time.Hour)},
	}
	return m
}

// Visitors of settings.
var (
	admin      = access.Principal{Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, Name: "session"}
	shopAdmin  = access.Principal{Grant: access.Grant{Tenant: behavepro.Local, Projects: []behavepro.ProjectKey{"SHOP"}, Verbs: []access.Verb{access.Admin}}}
	bankAdmin  = access.Principal{Grant: access.Grant{Tenant: behavepro.Local, Projects: []behavepro.ProjectKey{"BANK"}, Verbs: []access.Verb{access.Admin}}}
	insideJira = &pages.Host{Site: "https://shop.example.net", Ancestors: []string{"https://shop.example.net"}, Token: "who-and-what"}
)

// as serves the pages to a visitor.
func (m *managed) as(who access.Principal, change ...func(*pages.Visit)) http.Handler {
	mux := http.NewServeMux()
	for _, r := range m.pages.Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) {
			v := &pages.Visit{W: w, R: req, Now: m.now, Catalog: m.catalog, Principal: who, Manager: m.keeper}
			for _, c := range change {
				c(v)
			}
			_ = r.Serve(v) // it has answered
		})
	}
	mux.Handle("/", m.pages.NotFound())
	return mux
}

func post(t testing.TB, h http.Handler, path, form string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const webstore = "/settings/repositories/id-shop%2Fwebstore"

// write is one thing that a settings page does.
type write struct {
	path, form string
	told       string // to the Manager
	to         string // where it leads; "" shows a secret
	other      int    // to an admin of another project
	lacks      []string
}

var writes = map[string]write{
	"connect": {
		"/settings/connect", "url=https://git.example.com/shop/new.git&projects=SHOP&branches=main&path=features&credential=token&user=ci&token=s3cret&name=&do=connect",
		"connect https://git.example.com/shop/new.git for [SHOP]", "", 403,
		[]string{"url", "projects", "token"},
	},
	"sync":   {webstore + "/sync", "", "sync id-shop/webstore", "/settings?did=sync", 404, nil},
	"change": {webstore + "/change", "name=shop/web&branches=main+release/*&path=/features/&projects=shop", "change id-shop/webstore: shop/web [main release/*] features [SHOP]", "/settings/repositories/id-shop%2Fwebstore?did=change", 404, []string{"name", "projects", "branches", "path"}},
	"credential": {
		webstore + "/credential", "credential=ssh&sshkey=KEY%0D%0AEND&hosts=git.example.com+ssh-ed25519+AAAA", `credential id-shop/webstore: //"KEY\nEND\n"/"git.example.com ssh-ed25519 AAAA\n"`,
		"/settings/repositories/id-shop%2Fwebstore?did=credential", 404,
		[]string{"credential", "sshkey", "hosts"},
	},
	"hook":   {webstore + "/hook", "", "hook id-shop/webstore", "", 404, nil},
	"remove": {webstore + "/remove", "confirm=shop/webstore", "remove id-shop/webstore", "/settings?did=remove", 404, []string{"confirm"}},
	"token":  {"/settings/tokens", "name=CI&projects=SHOP&can=results:write&can=repos:read&expires=30&repository=", `token CI: all false [SHOP], [results:write repos:read], "", "2023-12-14"`, "", 403, []string{"name", "can", "expires"}},
	"revoke": {"/settings/tokens/t1/revoke", "", "revoke t1", "/settings?did=revoke", 404, nil},
}

// TestSettingsWrite does every write as somebody who may, and tries it in all ways that must not do it.
func TestSettingsWrite(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	nothing := func(name, how string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		if w.Code != status || len(m.told) > 0 {
			t.Errorf("%s, %s: status %d, want %d; told %q", name, how, w.Code, status, m.told)
		}
		if body := w.Body.String(); strings.Contains(body, "hook-secret") || strings.Contains(body, "bp_made") {
			t.Errorf("%s, %s: shows a secret", name, how)
		}
		m.told = nil
	}
	with := func(verbs ...access.Verb) access.Principal {
		who := shopAdmin
		who.Verbs = verbs
		return who
	}
	for name, c := range writes {
		for _, host := range []*pages.Host{nil, insideJira} {
			in := func(v *pages.Visit) { v.Host = host }
			form, token := c.form, ""
			if host != nil {
				form, token = c.form+"&ctx=who-and-what", "ctx=who-and-what"
			}
			w := post(t, m.as(shopAdmin, in), c.path, form)
			to := w.Header().Get("Location")
			if host != nil && c.to != "" {
				to = strings.Replace(strings.Replace(to, token+"&", "", 1), "?"+token, "", 1)
			}
			if diff := cmp.Diff([]string{c.told}, m.told); diff != "" || to != c.to {
				t.Errorf("%s: status %d to %q, want %q; (-want +got)\n%s\n%s", name, w.Code, to, c.to, diff, w.Body)
			}
			m.told = nil
			secret := strings.Contains(w.Body.String(), "hook-secret") || strings.Contains(w.Body.String(), "bp_made_secret")
			if wants := c.to == ""; secret != wants || wants && w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: shows a secret: %v; kept: %s", name, secret, w.Header().Get("Cache-Control"))
			}
			nothing(name, "reading", post(t, m.as(with(access.ReposRead, access.ResultsRead), in), c.path, form), 403)
			nothing(name, "results only", post(t, m.as(with(access.ResultsWrite, access.ReposWrite), in), c.path, form), 403)
			nothing(name, "another project", post(t, m.as(bankAdmin, in), c.path, form), c.other)
			nothing(name, "nobody", post(t, m.as(access.Principal{}, in), c.path, form), 403)
			nothing(name, "shown only", post(t, m.as(admin, in, func(v *pages.Visit) { v.Manager = nil }), c.path, form), 403)
			for _, lack := range c.lacks {
				values, _ := url.ParseQuery(form)
				values.Del(lack)
				if status := 422; host == nil || lack != "projects" {
					nothing(name, "without "+lack, post(t, m.as(admin, in), c.path, values.Encode()), status)
				}
			}
			m.fails = behavepro.Explain(behavepro.ErrInvalid, "it says <no>", "try `another`")
			if body := post(t, m.as(shopAdmin, in), c.path, form); !strings.Contains(body.Body.String(), "It says &lt;no&gt;.") || body.Code < 400 {
				t.Errorf("%s, refused: status %d: %s", name, body.Code, body.Body)
			}
			m.fails = fmt.Errorf("disk: %w", behavepro.ErrCorrupt)
			if body := post(t, m.as(shopAdmin, in), c.path, form); strings.Contains(body.Body.String(), "disk") || body.Code != 500 {
				t.Errorf("%s, broken: status %d: %s", name, body.Code, body.Body)
			}
			m.fails, m.told = nil, nil
		}
		nothing(name, "inside Jira without its token", post(t, m.as(shopAdmin, func(v *pages.Visit) { v.Host = insideJira }), c.path, c.form), 403)
		nothing(name, "inside Jira, the token in the address", post(t, m.as(shopAdmin, func(v *pages.Visit) { v.Host = insideJira }), c.path+"?ctx=who-and-what", c.form), 403)
		nothing(name, "from another site", post(t, m.as(shopAdmin), c.path, c.form, "Sec-Fetch-Site", "cross-site"), 403)
		nothing(name, "from another origin", post(t, m.as(shopAdmin), c.path, c.form, "Origin", "https://evil.example.net"), 403)
		nothing(name, "too much", post(t, m.as(shopAdmin), c.path, c.form+"&x="+strings.Repeat("x", 300<<10)), 400)
		read := get(t, m.as(shopAdmin), c.path+"?"+c.form)
		nothing(name, "GET", read, map[bool]int{true: 200, false: 404}[c.path == "/settings/connect" || c.path == "/settings/tokens"])
	}
}

func TestSettingsReach(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	for _, c := range []struct {
		name   string
		who    access.Principal
		path   string
		status int
		says   []string
		not    []string
	}{
		{"all", admin, "/settings", 200, []string{
			"shop/webstore", "bank/vault", "BANK, SHOP", "laptop of the Loyalty Team", "of the server itself", "8,400 of 20,555", `data-refresh="3"`, "2 files with problems",
			"git.example.com answered 401", "Give a credential that may read the repository.", "release/*", "Sync now",
		}, []string{"gone", "--git-token-file", "hook-secret", "/tokens/home/"}},
		{"a project", shopAdmin, "/settings", 200, []string{"shop/webstore", "shared/login", "CI of the webstore"}, []string{"bank", "BANK", "vault", "nightly", "laptop", "of the server"}},
		{"a reader", everything, "/settings", 200, []string{"shop/webstore"}, []string{"CI of the webstore", "Sync now", "Connect a repository", "<form method"}},
		{"a repository of the project", shopAdmin, webstore, 200, []string{"release/*", "https://bdd.example.com/hooks/git/shopwebstorek3vq7w", "Type its name"}, nil},
		{"a repository of several projects", shopAdmin, "/settings/repositories/id-shared%2Flogin", 200, []string{"do not administer", "shared/login"}, []string{"BANK", "Type its name", "hooks/git", "/change"}},
		{"a repository of another project", shopAdmin, "/settings/repositories/id-bank%2Fvault", 404, nil, []string{"git.example.com"}},
		{"a reader of a repository", everything, webstore, 200, []string{"shop/webstore"}, []string{"hooks/git", "<form method"}},
		{"the list leads here", admin, "/repositories", 200, []string{`<a class="pick" href="/settings">Settings</a>`}, nil},
		{"the front page leads here", admin, "/", 200, []string{`<a class="pick" href="/settings">Settings</a>`}, nil},
		{"connecting", shopAdmin, "/settings/connect", 200, []string{"Project <b>SHOP</b>", "will be able to read"}, []string{`name="projects"`}},
		{"connecting, all", admin, "/settings/connect", 200, []string{`name="projects"`}, nil},
		{"connecting, a reader", everything, "/settings/connect", 403, nil, []string{"<form method"}},
		{"a new token", shopAdmin, "/settings/tokens", 200, []string{"results:write", "repos:write"}, []string{`value="admin"`, "vault"}},
		{"a new token, all", admin, "/settings/tokens", 200, []string{`value="admin"`, "vault"}, nil},
		{"a new token, a reader", everything, "/settings/tokens", 403, nil, []string{"<form method"}},
	} {
		w := get(t, m.as(c.who), c.path)
		body := w.Body.String()
		if w.Code != c.status {
			t.Errorf("%s: status %d", c.name, w.Code)
		}
		for _, text := range c.says {
			if !strings.Contains(body, text) {
				t.Errorf("%s: does not say %q", c.name, text)
			}
		}
		for _, text := range c.not {
			if strings.Contains(body, text) {
				t.Errorf("%s: says %q", c.name, text)
			}
		}
		if got := w.Header().Get("Referrer-Policy"); w.Code == 200 && got != "same-origin" && strings.HasPrefix(c.path, "/settings") {
			t.Errorf("%s: Referrer-Policy %q; without an origin a browser's forms are refused over plain http", c.name, got)
		}
	}
	// The repository of two projects: one of them may ask for a sync, and nothing else.
	both := "/settings/repositories/id-shared%2Flogin"
	for path, status := range map[string]int{"/sync": 303, "/change": 403, "/credential": 403, "/hook": 403, "/remove": 403} {
		m.told = nil
		w := post(t, m.as(shopAdmin), both+path, "name=x&branches=&path=&projects=SHOP&credential=none&confirm=shared/login")
		if w.Code != status || (len(m.told) > 0) != (status == 303) {
			t.Errorf("%s: status %d, told %q", path, w.Code, m.told)
		}
	}
}

// TestNoLeave is a project admin in a site whose admins connect repositories themselves.
func TestNoLeave(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	without := func(v *pages.Visit) { v.Host, v.NoLeave = insideJira, true }
	h := m.as(shopAdmin, without)
	if body := get(t, h, "/settings").Body.String(); !strings.Contains(body, "A Jira admin can connect one") || strings.Contains(body, "/settings/connect") {
		t.Errorf("the page does not say who connects repositories:\n%s", body)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"the form": get(t, h, "/settings/connect"),
		"connect":  post(t, h, "/settings/connect", writes["connect"].form+"&ctx=who-and-what"),
		"test":     post(t, h, "/settings/connect", writes["connect"].form+"&ctx=who-and-what&do=test"),
		"a token":  post(t, h, "/settings/tokens", "name=CI&can=repos:write&expires=0&ctx=who-and-what"),
		"an admin": post(t, h, "/settings/tokens", "name=CI&can=admin&expires=0&ctx=who-and-what"),
	} {
		if w.Code != 403 || len(m.told) > 0 || m.wish.URL != "" {
			t.Errorf("%s: status %d, told %q %q", name, w.Code, m.told, m.wish.URL)
		}
	}
	if w := post(t, h, webstore+"/sync", "ctx=who-and-what"); w.Code != 303 {
		t.Errorf("sync: status %d", w.Code)
	}
}

func TestConnectForm(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	const base = "url=https://git.example.com/shop/new.git&name=n&projects=SHOP&branches=main&path=features"
	for _, c := range []struct {
		name, form string
		status     int
		says       string
	}{
		{"a path", "url=nonsense&projects=SHOP", 422, "This is no address of a repository."},
		{"a password in the address", "url=https://ci:hunter2@git.example.com/a.git&projects=SHOP", 422, "does not belong into the address"},
		{"a token in the address", "url=https://hunter2@git.example.com/a.git&projects=SHOP", 422, "does not belong into the address"},
		{"a password in what is no address", "url=ftp://ci:hunter2@git.example.com/a.git&projects=SHOP", 422, "This is no address"},
		{"ssh without a key", "url=git@git.example.com:a.git&projects=SHOP", 422, "An address of ssh needs an SSH key."},
		{"a key without the host's", base + "&credential=ssh&sshkey=hunter2", 422, "host key is missing"},
		{"no key", base + "&credential=ssh&hosts=x", 422, "The private key is missing."},
		{"no token", base + "&credential=token&user=ci", 422, "The token is missing."},
		{"an unknown credential", base + "&credential=magic", 422, "Choose one of these."},
		{"no project", "url=https://git.example.com/a.git&projects=+,+", 422, "Name at least one project."},
		{"no key of a project", "url=https://git.example.com/a.git&projects=SHOP,12", 422, "&#34;12&#34; is not the key of a project"},
		{"a bad name", base + "&name=a+b", 200, "7 branches"}, // the first field of a name counts
		{"a name of spaces", "url=https://git.example.com/a.git&projects=SHOP&name=a+b", 422, "A name has letters"},
		{"a bad pattern", "url=https://git.example.com/a.git&projects=SHOP&branches=[", 422, "&#34;[&#34; is no pattern"},
		{"too many patterns", "url=https://git.example.com/a.git&projects=SHOP&branches=" + strings.Repeat("a+", 101), 422, "More than 100 patterns"},
		{"what can be read", base + "&credential=token&token=hunter2", 200, "it has 7 branches"},
	} {
		m.wish = gitsync.NewRepository{}
		w := post(t, m.as(admin), "/settings/connect", c.form+"&do=test")
		body := w.Body.String()
		if w.Code != c.status || !strings.Contains(body, c.says) || (m.wish.URL != "") != (c.status == 200) {
			t.Errorf("%s: status %d, want %d saying %q; asked for %q\n%s", c.name, w.Code, c.status, c.says, m.wish.URL, body)
		}
		if strings.Contains(body, "hunter2") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a secret comes back, or the page is kept", c.name)
		}
		if strings.HasPrefix(c.form, base) && (!strings.Contains(body, `value="https://git.example.com/shop/new.git"`) || !strings.Contains(body, `value="features"`)) {
			t.Errorf("%s: what was typed is gone", c.name)
		}
	}
	if len(m.told) > 0 {
		t.Errorf("tests wrote: %q", m.told)
	}
	m.fails = fmt.Errorf("add: %w", behavepro.Explain(behavepro.ErrUnauthenticated, "git.example.com answered 401", "give a credential: --git-token-file, or `behavepro repos credential set`"))
	if body := post(t, m.as(admin), "/settings/connect", base+"&credential=token&token=hunter2&user=robot&do=connect").Body.String(); !strings.Contains(body, "git.example.com answered 401.") || !strings.Contains(body, "Give a credential") || !strings.Contains(body, `value="robot"`) || strings.Contains(body, "hunter2") {
		t.Errorf("refused by the Git host:\n%s", body)
	}
	m.fails = nil
	post(t, m.as(admin), "/settings/connect", "url=/srv/git/shop&projects=SHOP&do=connect")
	if !m.wish.AllowLocal {
		t.Error("an admin of the server may not name a path of it")
	}
	post(t, m.as(shopAdmin), "/settings/connect", "url=/srv/git/shop&projects=SHOP&do=connect")
	if m.wish.AllowLocal {
		t.Error("an admin of a project may name a path of the server")
	}
	post(t, m.as(admin, func(v *pages.Visit) { v.Host = insideJira }), "/settings/connect", "url=/srv/git/shop&projects=SHOP&do=connect&ctx=who-and-what")
	if m.wish.AllowLocal {
		t.Error("an admin of a site may name a path of the server")
	}
}

func TestNewTokens(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	for _, c := range []struct {
		name   string
		who    access.Principal
		form   string
		status int
		says   string
		told   string
	}{
		{"all projects", admin, "name=CI&can=admin&expires=0", 200, "bp_made_secret", `token CI: all true [], [admin], "", ""`},
		{"a repository", admin, "name=CI&projects=SHOP&can=repos:read&expires=365&repository=id-shop/webstore", 200, "bp_made_secret", `token CI: all false [SHOP], [repos:read], "id-shop/webstore", "2024-11-13"`},
		{"the only project", shopAdmin, "name=CI&can=repos:write&expires=0", 200, "bp_made_secret", `token CI: all false [SHOP], [repos:write], "", ""`},
		{"another project", shopAdmin, "name=CI&projects=SHOP+BANK&can=repos:read&expires=0", 403, "Project BANK is out of your reach.", ""},
		{"another project's repository", shopAdmin, "name=CI&can=repos:read&expires=0&repository=id-bank/vault", 404, "no such repository", ""},
		{"more than its maker", shopAdmin, "name=CI&can=admin&expires=0", 403, "may not do &#34;admin&#34;", ""},
		{"an unknown verb", admin, "name=CI&can=fly&expires=0", 403, "may not do", ""},
		{"for ages", admin, "name=CI&can=admin&expires=100000", 422, "Choose when it expires.", ""},
		{"a long name", admin, "name=" + strings.Repeat("n", 101) + "&can=admin&expires=0", 422, "at most 100 bytes", ""},
	} {
		m.told = nil
		w := post(t, m.as(c.who), "/settings/tokens", c.form)
		if got := strings.Join(m.told, "\n"); w.Code != c.status || got != c.told || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: status %d, want %d; told %q, want %q, saying %q", c.name, w.Code, c.status, got, c.told, c.says)
		}
	}
	for id, status := range map[string]int{"t1": 303, "t2": 404, "t3": 404, "home": 404, "t4": 404, "none": 404} {
		if w := post(t, m.as(shopAdmin), "/settings/tokens/"+id+"/revoke", ""); w.Code != status {
			t.Errorf("a project's admin revokes %s: status %d, want %d", id, w.Code, status)
		}
	}
	if w := post(t, m.as(admin), "/settings/tokens/home/revoke", ""); w.Code != 403 || slices.Contains(m.told, "revoke home") {
		t.Errorf("the server's own token: status %d", w.Code)
	}
}
