package connect

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/google/go-cmp/cmp"
)

type installVectors struct {
	Now        int64
	AppBaseURL string `json:"app_base_url"`
	Request    struct {
		Method, Target string
		Body           map[string]any
	}
	PublicKeys map[string]string `json:"public_keys"`
	Vectors    []struct{ Name, Expect, Reason, Token string }
}

// TestInstallVectors replays installs that somebody else signed.
func TestInstallVectors(t *testing.T) {
	t.Parallel()
	for _, file := range readVectors[installVectors](t, "install-rs256-vectors.json") {
		for _, v := range file.Vectors {
			t.Run(v.Name, func(t *testing.T) {
				t.Parallel()
				base, err := url.Parse(file.AppBaseURL)
				if err != nil {
					t.Fatal(err)
				}
				w := newWorld(t, func(o *Options) {
					o.PublicURL, o.Path, o.Key, o.Open = base.Scheme+"://"+base.Host, base.Path, file.Request.Body["key"].(string), true
				})
				w.now = time.Unix(file.Now, 0)
				w.serve = func(r *http.Request) (*http.Response, error) {
					if key, ok := file.PublicKeys[strings.TrimPrefix(r.URL.Path, "/")]; ok {
						return answer(http.StatusOK, key), nil
					}
					return answer(http.StatusNotFound, ""), nil
				}
				status, text := w.send(t, file.Request.Method, file.Request.Target, v.Token, file.Request.Body)
				all, err := w.opt.Installs.List(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				want := http.StatusNoContent
				if v.Expect != "accept" {
					want = http.StatusUnauthorized
				}
				if status != want {
					t.Errorf("status %d, want %d (%s): %s\n%s", status, want, v.Reason, text, w.log.String())
				}
				if written := len(all) == 1; written != (v.Expect == "accept") {
					t.Errorf("%d installs are stored", len(all))
				}
				if v.Expect != "accept" && (w.lastCode() == "" || strings.Contains(text, string(w.lastCode()))) {
					t.Errorf("the log says %q, the caller reads %q", w.lastCode(), text)
				}
			})
		}
	}
}

func TestInstalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if status := w.lifecycle(t, "installed", map[string]any{"installationId": "ari:1", "oauthClientId": "oauth-1"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	got := w.install(t, shop)
	if !strings.HasPrefix(string(got.Tenant), "t-") || len(got.Tenant) != 18 || strings.Contains(string(got.Tenant), "shop") {
		t.Errorf("tenant id %q", got.Tenant)
	}
	want := Install{
		ClientKey: shop, Tenant: got.Tenant, State: Approved, BaseURL: shopURL, DisplayURL: "https://jira.example.com", Secret: behavepro.NewSecret(secret),
		InstallationID: "ari:1", OAuthClientID: "oauth-1", Product: "jira", Created: start, LastInstall: start, Approved: start,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(behavepro.Secret{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"installed shop.atlassian.net"}, w.told); diff != "" {
		t.Errorf("hooks (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{shopURL, "https://jira.example.com"}, got.Ancestors()); diff != "" {
		t.Errorf("ancestors (-want +got)\n%s", diff)
	}
}

func TestLifecycleRefuses(t *testing.T) {
	t.Parallel()
	post := func(path string) *url.URL { return &url.URL{Path: "/connect" + path} }
	for name, test := range map[string]struct {
		kind   string // "" is installed
		claims claims
		body   map[string]any
		key    func(*world, *testing.T, claims) string
		target string
		want   Code
	}{
		"no token":               {key: func(*world, *testing.T, claims) string { return "" }, want: MissingJWT},
		"no app key of ours":     {body: map[string]any{"key": "another"}, want: WrongAudience},
		"host of somebody":       {body: map[string]any{"baseUrl": "https://shop.example.net"}, want: WrongHost},
		"host that looks alike":  {body: map[string]any{"baseUrl": "https://shop-atlassian.net"}, want: WrongHost},
		"host as user":           {body: map[string]any{"baseUrl": "https://shop.atlassian.net@evil.example.net"}, want: WrongHost},
		"plain http":             {body: map[string]any{"baseUrl": "http://shop.atlassian.net"}, want: WrongHost},
		"address with a path":    {body: map[string]any{"baseUrl": shopURL + "/wiki"}, want: WrongHost},
		"another port":           {body: map[string]any{"baseUrl": shopURL + ":8443"}, want: WrongHost},
		"metadata":               {body: map[string]any{"baseUrl": "http://169.254.169.254"}, want: WrongHost},
		"short secret":           {body: map[string]any{"sharedSecret": "x"}, want: MalformedBody},
		"event of another kind":  {body: map[string]any{"eventType": "enabled"}, want: MalformedBody},
		"client key in an array": {body: map[string]any{"clientKey": []string{shop}}, want: MalformedBody},
		"future":                 {claims: claims{"iat": start.Add(6 * time.Minute).Unix(), "exp": start.Add(9 * time.Minute).Unix()}, want: FutureIat},
		"no iat":                 {claims: claims{"iat": nil}, want: MissingIat},
		"token in the query, too": {
			target: "/connect/installed?jwt=a.b.c", want: AmbiguousJWT,
		},
		"uninstall, signed with the secret": {kind: "uninstalled", want: WrongAlgorithm, key: func(_ *world, t *testing.T, c claims) string {
			return signHS(t, secret, c)
		}},
		"uninstall with an install's token": {kind: "uninstalled", claims: claims{"qsh": QueryStringHash("POST", post("/installed"), "/connect")}, want: InvalidQSH},
		"uninstall of another site":         {kind: "uninstalled", body: map[string]any{"clientKey": "client-other"}, want: WrongIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			kind := test.kind
			if kind == "" {
				kind = "installed"
			} else if w.lifecycle(t, "installed", nil) != http.StatusNoContent {
				t.Fatal("install")
			}
			before, err := w.opt.Installs.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			told := len(w.told)
			w.pass(time.Second)
			c := with(w.lifecycleClaims(t, "/"+kind), test.claims)
			token := ""
			if test.key != nil {
				token = test.key(w, t, c)
			} else {
				token = signRS(t, pair(), kid, c)
			}
			target := test.target
			if target == "" {
				target = "/connect/" + kind
			}
			status, text := w.send(t, "POST", target, token, eventBody(kind, test.body))
			if status != http.StatusUnauthorized || w.lastCode() != test.want {
				t.Errorf("status %d, code %q, want %q: %s\n%s", status, w.lastCode(), test.want, text, w.log.String())
			}
			if !strings.Contains(text, notSigned) {
				t.Errorf("the caller reads %q", text)
			}
			after, err := w.opt.Installs.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, after, cmp.AllowUnexported(behavepro.Secret{})); diff != "" || len(w.told) != told {
				t.Errorf("something was written (-before +after)\n%s", diff)
			}
		})
	}
}

func TestReinstall(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	first := w.install(t, shop)
	replay := signRS(t, pair(), kid, with(w.lifecycleClaims(t, "/installed"), claims{"iat": start.Unix()}))
	if status, _ := w.send(t, "POST", "/connect/installed", replay, eventBody("installed", map[string]any{"sharedSecret": "an older secret"})); status != http.StatusUnauthorized || w.lastCode() != StaleInstall {
		t.Errorf("an equal iat: status %d, code %s", status, w.lastCode())
	}
	w.pass(time.Minute)
	renamed := map[string]any{"sharedSecret": "a rotated secret", "baseUrl": "https://store.atlassian.net", "displayUrl": ""}
	if status := w.lifecycle(t, "installed", renamed); status != http.StatusNoContent {
		t.Fatalf("reinstall: status %d", status)
	}
	got := w.install(t, shop)
	if got.Tenant != first.Tenant || got.State != Approved || got.Secret.Reveal() != "a rotated secret" || got.BaseURL != "https://store.atlassian.net" ||
		got.DisplayURL != got.BaseURL || !got.Created.Equal(start) {
		t.Errorf("got %+v", got)
	}
	w.pass(time.Minute)
	old := signHS(t, secret, w.siteClaims(t, "GET", "/connect/panels/scenarios"))
	if _, err := w.Visit(visitRequest("GET", "/connect/panels/scenarios", old), URLBound, ""); code(err) != InvalidSignature {
		t.Errorf("the secret before still opens: %v", err)
	}
}

func visitRequest(method, target, token string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Authorization", "JWT "+token)
	return r
}

func TestUninstalled(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	first := w.install(t, shop)
	visit := func() error {
		_, err := w.Visit(visitRequest("GET", "/connect/panels/scenarios", signHS(t, secret, w.siteClaims(t, "GET", "/connect/panels/scenarios"))), URLBound, "")
		return err
	}
	if err := visit(); err != nil {
		t.Fatal(err)
	}
	late := signRS(t, pair(), kid, with(w.lifecycleClaims(t, "/uninstalled"), claims{"iat": start.Add(-time.Minute).Unix()}))
	if status, _ := w.send(t, "POST", "/connect/uninstalled", late, eventBody("uninstalled", nil)); status != http.StatusUnauthorized || w.lastCode() != StaleInstall {
		t.Errorf("an uninstall from before the install: status %d, code %s", status, w.lastCode())
	}
	for range 2 { // to be told twice is fine
		if status := w.lifecycle(t, "uninstalled", nil); status != http.StatusNoContent {
			t.Fatalf("uninstall: status %d", status)
		}
	}
	got := w.install(t, shop)
	if got.State != Uninstalled || !got.Secret.IsZero() || got.Tenant != first.Tenant || got.BaseURL != shopURL || !got.Ended.Equal(w.clock()) {
		t.Errorf("got %+v", got)
	}
	if err := visit(); !errors.Is(err, behavepro.ErrGone) {
		t.Errorf("a visit: %v", err)
	}
	if status := w.lifecycle(t, "uninstalled", map[string]any{"clientKey": "client-unknown"}); status != http.StatusNoContent {
		t.Errorf("uninstall of an unknown site: status %d", status)
	}
	w.pass(time.Hour)
	if status := w.lifecycle(t, "installed", nil); status != http.StatusNoContent {
		t.Fatal("install again")
	}
	if again := w.install(t, shop); again.State != Approved || again.Tenant != first.Tenant || !again.Ended.IsZero() {
		t.Errorf("installed again: %+v", again)
	}
	want := []string{"installed shop.atlassian.net", "uninstalled shop.atlassian.net", "uninstalled shop.atlassian.net", "installed shop.atlassian.net"}
	if diff := cmp.Diff(want, w.told); diff != "" {
		t.Errorf("hooks (-want +got)\n%s", diff)
	}
}

func TestPendingInstall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Sites = nil })
	if status := w.lifecycle(t, "installed", nil); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if got := w.install(t, shop); got.State != Pending || len(w.told) != 0 {
		t.Errorf("state %s, hooks %v", got.State, w.told)
	}
	w.pass(time.Second)
	target := "/connect/panels/scenarios"
	token := signHS(t, secret, w.siteClaims(t, "GET", target))
	if status, text := w.send(t, "GET", target, token, nil); status != http.StatusForbidden || !strings.Contains(text, "syncd tenant approve shop.atlassian.net") {
		t.Errorf("status %d: %s", status, text)
	}
	if status, text := w.send(t, "POST", "/connect/enabled", signHS(t, secret, w.siteClaims(t, "POST", "/connect/enabled")), eventBody("enabled", nil)); status != http.StatusNoContent {
		t.Errorf("enabled: status %d: %s", status, text)
	}
	jiras := signHS(t, secret, with(w.siteClaims(t, "GET", "/x"), claims{"qsh": contextQSH}))
	if status, _ := w.send(t, "POST", w.RenewPath(ScenariosModule), jiras, nil); status != http.StatusForbidden {
		t.Errorf("a token for its page: status %d", status)
	}
	if _, err := w.Visit(getOwn(w.ownToken(t, ScenariosModule, nil)), ContextBound, ScenariosModule); code(err) != NotApproved {
		t.Errorf("with an own token: %v", err)
	}
	if status := w.hook(t, "", issueUpdated); status != http.StatusNoContent || len(w.hints) != 0 {
		t.Errorf("a webhook: status %d, passed on %v", status, w.hints)
	}
	i, err := w.Approve(t.Context(), shop)
	if err != nil || i.State != Approved {
		t.Fatalf("approve: %v, %s", err, i.State)
	}
	if diff := cmp.Diff([]string{"installed shop.atlassian.net"}, w.told); diff != "" {
		t.Errorf("hooks (-want +got)\n%s", diff)
	}
	if _, err := w.Visit(visitRequest("GET", target, token), URLBound, ""); err != nil {
		t.Error(err)
	}
}

func TestDisabledBlocksNobody(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	if status, text := w.send(t, "POST", "/connect/disabled", signHS(t, secret, w.siteClaims(t, "POST", "/connect/disabled")), eventBody("disabled", nil)); status != http.StatusNoContent {
		t.Fatalf("status %d: %s", status, text)
	}
	target := "/connect/panels/scenarios"
	if _, err := w.Visit(visitRequest("GET", target, signHS(t, secret, w.siteClaims(t, "GET", target))), URLBound, ""); err != nil {
		t.Error(err)
	}
	other := signHS(t, secret, w.siteClaims(t, "POST", "/connect/disabled"))
	if status, _ := w.send(t, "POST", "/connect/disabled", other, eventBody("disabled", map[string]any{"clientKey": "client-other"})); status != http.StatusUnauthorized {
		t.Errorf("for another site: status %d", status)
	}
}

// TestAnotherClientKey lets a site come back after an import of its data, of which Jira tells nobody.
func TestAnotherClientKey(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	old := w.install(t, shop)
	if status := w.lifecycle(t, "installed", map[string]any{"clientKey": "client-new"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	fresh := w.install(t, "client-new")
	if fresh.Tenant == old.Tenant {
		t.Fatal("a new client key took the old tenant")
	}
	if gone := w.install(t, shop); gone.State != Gone || !gone.Secret.IsZero() {
		t.Errorf("the old install: %+v", gone)
	}
	joined, before, err := w.opt.Installs.Join(t.Context(), "client-new", old.Tenant)
	if err != nil || joined.Tenant != old.Tenant || before != fresh.Tenant {
		t.Fatalf("join: %v, %s, before %s", err, joined.Tenant, before)
	}
	if i, err := w.opt.Installs.ByTenant(t.Context(), old.Tenant); err != nil || i.ClientKey != "client-new" {
		t.Errorf("by tenant: %v, %s", err, i.ClientKey)
	}
	w.pass(time.Minute)
	if status := w.lifecycle(t, "installed", map[string]any{"baseUrl": "https://elsewhere.atlassian.net"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if back := w.install(t, shop); back.Tenant == old.Tenant {
		t.Error("the old client key came back into a tenant that is another site's now")
	}
}

// TestPendingRetiresNobody keeps whoever is not approved from ending an install.
func TestPendingRetiresNobody(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	w.opt.Sites = nil
	if status := w.lifecycle(t, "installed", map[string]any{"clientKey": "client-new"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if i := w.install(t, shop); i.State != Approved {
		t.Errorf("state %s", i.State)
	}
	if _, err := w.Approve(t.Context(), "client-new"); err != nil {
		t.Fatal(err)
	}
	if i := w.install(t, shop); i.State != Gone {
		t.Errorf("after the approval: state %s", i.State)
	}
}

// TestNoTenantNoInstall writes nothing where the tenant cannot be made.
func TestNoTenantNoInstall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) {
		o.OnInstalled = func(context.Context, Install) error { return behavepro.ErrUnavailable }
	})
	if status := w.lifecycle(t, "installed", nil); status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	if _, err := w.opt.Installs.Get(t.Context(), shop); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
