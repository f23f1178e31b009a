package connect

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/google/go-cmp/cmp"
)

const (
	other       = "client-other"
	otherURL    = "https://other.atlassian.net"
	otherSecret = "a shared secret of the other site"
)

// twoSites is a world with the shop and another site, whose people attack.
func twoSites(t *testing.T) *world {
	t.Helper()
	w := installed(t, func(o *Options) { o.Sites = []string{"shop.atlassian.net", "other.atlassian.net"} })
	if status := w.lifecycle(t, "installed", map[string]any{"clientKey": other, "baseUrl": otherURL, "displayUrl": "", "sharedSecret": otherSecret}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	w.pass(time.Second)
	return w
}

// TestInstallAttacks replays what was tried on apps like this one. None of it may write, and only a key that Atlassian could have
// made is asked for.
func TestInstallAttacks(t *testing.T) {
	t.Parallel()
	type forged struct {
		token func(w *world, t *testing.T) string
		body  map[string]any
		want  Code
	}
	as := func(more claims) func(*world, *testing.T) string {
		return func(w *world, t *testing.T) string {
			return signRS(t, pair(), kid, with(w.lifecycleClaims(t, "/installed"), more))
		}
	}
	withKid := func(id any) func(*world, *testing.T) string {
		return func(w *world, t *testing.T) string { return signRS(t, pair(), id, w.lifecycleClaims(t, "/installed")) }
	}
	for name, attack := range map[string]forged{
		"unsigned": {token: func(*world, *testing.T) string { return "" }, want: MissingJWT},
		"signed with the secret it brings": {want: WrongAlgorithm, token: func(w *world, t *testing.T) string {
			return signHS(t, "a secret of the attacker", w.lifecycleClaims(t, "/installed"))
		}},
		"signed with the secret before": {want: WrongAlgorithm, token: func(w *world, t *testing.T) string { return signHS(t, secret, w.lifecycleClaims(t, "/installed")) }},
		"signed with the public key as a secret": {want: WrongAlgorithm, token: func(w *world, t *testing.T) string {
			return signHS(t, publicPEM(t, &pair().PublicKey), w.lifecycleClaims(t, "/installed"))
		}},
		"signed with a key of one's own": {want: InvalidSignature, token: func(w *world, t *testing.T) string {
			return signRS(t, otherPair(), kid, w.lifecycleClaims(t, "/installed"))
		}},
		"meant for another app":              {token: as(claims{"aud": "https://evil.example.com"}), want: WrongAudience},
		"meant for an app that begins alike": {token: as(claims{"aud": publicURL + "/connect.evil.example.com"}), want: WrongAudience},
		"meant for the site":                 {token: as(claims{"aud": shop}), want: WrongAudience},
		"kid leaves its folder":              {token: withKid("../../evil"), want: InvalidKid},
		"kid is an address":                  {token: withKid("https://evil.example.com/key"), want: InvalidKid},
		"kid names a host":                   {token: withKid("@evil.example.com/key"), want: InvalidKid},
		"kid is a list":                      {token: withKid([]string{kid}), want: MissingKid},
		"kid that nobody has":                {token: withKid("00000000-0000-4000-8000-000000000000"), want: NoPublicKey},
		"the other site takes the shop over": {token: as(claims{"iss": other}), want: WrongIssuer},
		"the shop's token, another's body":   {token: as(nil), body: map[string]any{"clientKey": other}, want: WrongIssuer},
		"an old install again":               {token: as(claims{"iat": start.Unix()}), want: StaleInstall},
		"an older install":                   {token: as(claims{"iat": start.Add(-time.Minute).Unix()}), want: StaleInstall},
		"expired":                            {token: as(claims{"exp": start.Add(-time.Minute).Unix()}), want: TokenExpired},
		"a context token":                    {token: as(claims{"qsh": contextQSH}), want: InvalidQSH},
		"an uninstall's token": {want: InvalidQSH, token: func(w *world, t *testing.T) string {
			return signRS(t, pair(), kid, w.lifecycleClaims(t, "/uninstalled"))
		}},
		"a site outside of Atlassian's": {token: as(nil), body: map[string]any{"baseUrl": "https://evil.example.com"}, want: WrongHost},
		"a site inside the house":       {token: as(nil), body: map[string]any{"baseUrl": "http://127.0.0.1:8080"}, want: WrongHost},
		"no secret":                     {token: as(nil), body: map[string]any{"sharedSecret": ""}, want: MalformedBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoSites(t)
			w.keys = newKeyring(w.opt.HTTP, w.opt.KeyServers, w.clock) // a key that is kept already would hide what is asked
			before, err := w.opt.Installs.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			told, asked := len(w.told), w.fetched()
			body := eventBody("installed", map[string]any{"sharedSecret": "a secret of the attacker"})
			for name, value := range attack.body {
				body[name] = value
			}
			status, text := w.send(t, "POST", "/connect/installed", attack.token(w, t), body)
			if status != http.StatusUnauthorized || w.lastCode() != attack.want {
				t.Errorf("status %d, code %q, want %q", status, w.lastCode(), attack.want)
			}
			if strings.Contains(text, string(attack.want)) || !strings.Contains(text, notSigned) {
				t.Errorf("the caller reads %q", text)
			}
			after, err := w.opt.Installs.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, after, cmp.AllowUnexported(behavepro.Secret{})); diff != "" || len(w.told) != told {
				t.Errorf("something was written (-before +after)\n%s", diff)
			}
			for _, r := range w.calls[asked:] {
				if at := r.URL.Scheme + "://" + r.URL.Host; at != keysNow && at != keysThen || !kidForm.MatchString(strings.TrimPrefix(r.URL.Path, "/")) {
					t.Errorf("asked %s", r.URL)
				}
			}
			switch attack.want {
			case InvalidKid, MissingKid, WrongAlgorithm, WrongIssuer, WrongAudience, TokenExpired, InvalidQSH:
				if w.fetched() != asked {
					t.Error("a key was asked for although the token could not be good")
				}
			}
			if strings.Contains(w.log.String(), "secret of the") {
				t.Error("the log holds a secret")
			}
		})
	}
}

// signedTargets are all addresses that need a signature, with their binding.
func (w *world) signedTargets() map[string]Binding {
	all := map[string]Binding{}
	for _, r := range w.Routes() {
		switch {
		case r.Kind == ForPage:
			all[strings.Replace(r.Pattern, "{module}", string(ScenariosModule), 1)] = ContextBound
		case r.Kind != ForAll:
			all[r.Pattern] = URLBound
		}
	}
	for _, p := range w.Panels() {
		all[p.Pattern] = URLBound
	}
	all["GET /connect/page"], all["POST /connect/page"] = ContextBound, ContextBound
	return all
}

// TestEveryDoor sends every kind of wrong token to every address.
func TestEveryDoor(t *testing.T) {
	t.Parallel()
	w := twoSites(t)
	w.grants(jira.BrowseProjects, jira.EditIssues, jira.AdministerProjects, jira.Administer)
	own := w.ownToken(t, ScenariosModule, nil)
	now := w.clock()
	targets := w.signedTargets()
	if len(targets) < 12 {
		t.Fatalf("only %d addresses", len(targets))
	}
	for pattern, binding := range targets {
		method, path, _ := strings.Cut(pattern, " ")
		good := w.siteClaims(t, method, path)
		if binding == ContextBound {
			good["qsh"] = contextQSH
		}
		wrong := contextQSH
		if binding == ContextBound {
			wrong = QueryStringHash(method, &url.URL{Path: path}, "/connect")
		}
		for name, token := range map[string]string{
			"no token":                         "",
			"no signature":                     strings.TrimRight(signHS(t, secret, good), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
			"the other site's secret":          signHS(t, otherSecret, good),
			"the other site's audience":        signHS(t, otherSecret, with(good, claims{"aud": shop})),
			"our name, the other's secret":     signHS(t, otherSecret, with(good, claims{"iss": DefaultKey, "aud": shop})),
			"expired":                          signHS(t, secret, with(good, claims{"exp": now.Add(-4 * time.Second).Unix()})),
			"the other binding":                signHS(t, secret, with(good, claims{"qsh": wrong})),
			"another address":                  signHS(t, secret, with(good, claims{"qsh": QueryStringHash("GET", &url.URL{Path: "/connect/elsewhere"}, "/connect")})),
			"an own token where Jira's belong": own,
			"signed as installs are":           signRS(t, pair(), kid, good),
		} {
			for _, place := range []string{"header", "query"} {
				at := path
				header := token
				if place == "query" {
					at, header = path+"?jwt="+token, ""
				}
				var body any
				if method == "POST" {
					body = eventBody(path[strings.LastIndex(path, "/")+1:], nil)
				}
				if status, text := w.send(t, method, at, header, body); status != http.StatusUnauthorized || !strings.Contains(text, notSigned) {
					t.Errorf("%s with %s in the %s: status %d: %s", pattern, name, place, status, text)
				}
			}
		}
	}
	if len(w.hints) > 0 {
		t.Errorf("hints were passed on: %v", w.hints)
	}
}

// TestOtherSiteStaysOther signs the ids of the shop's issue with the other site's own, good token.
func TestOtherSiteStaysOther(t *testing.T) {
	t.Parallel()
	w := twoSites(t)
	w.grants(jira.BrowseProjects, jira.EditIssues, jira.AdministerProjects, jira.Administer)
	shops := w.install(t, shop)
	for _, p := range w.Panels() {
		_, path, _ := strings.Cut(p.Pattern, " ")
		r := visitRequest("GET", path, signHS(t, otherSecret, with(w.siteClaims(t, "GET", path), claims{"iss": other})))
		v, err := w.Visit(r, URLBound, "")
		if err != nil {
			t.Fatal(err)
		}
		if v.Tenant == shops.Tenant || v.Tenant != w.install(t, other).Tenant {
			t.Errorf("%s: tenant %s", path, v.Tenant)
		}
		if err := w.Authorize(t.Context(), v, p.Need); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{otherURL}, w.Ancestors(r)); diff != "" {
			t.Errorf("%s: ancestors (-want +got)\n%s", path, diff)
		}
	}
	for _, r := range w.calls {
		if strings.HasPrefix(r.URL.Path, "/rest/") && r.URL.Host != "other.atlassian.net" {
			t.Errorf("%s was asked", r.URL.Host)
		}
	}
}

// TestIdsComeFromTheToken asks Jira about the issue that was signed, whatever else the request names.
func TestIdsComeFromTheToken(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	w.grants(jira.BrowseProjects, jira.EditIssues)
	var asked []string
	serve := w.serve
	w.serve = func(r *http.Request) (*http.Response, error) {
		body, err := readBody(r)
		if err != nil {
			return nil, err
		}
		asked = append(asked, string(body))
		return serve(r)
	}
	form := url.Values{
		ContextField: {w.ownToken(t, ScenariosModule, nil)},
		"issue":      {"99999"}, "issueId": {"99999"}, "context": {`{"jira":{"issue":{"id":"99999"}}}`}, "project": {"99999"}, "accountId": {"acc-admin"}, "sub": {"acc-admin"},
	}
	if status, text := w.send(t, "POST", "/connect/page?issue=99999&accountId=acc-admin", "", form); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	target := "/connect/panels/scenarios?issue.id=99999&issue.key=SEC-1&user_id=acc-admin"
	if status, text := w.send(t, "GET", target, signHS(t, secret, w.siteClaims(t, "GET", target)), nil); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	if len(asked) != 2 {
		t.Fatalf("asked %d times", len(asked))
	}
	for _, q := range asked {
		if !strings.Contains(q, "10012") || !strings.Contains(q, "acc-dev") || strings.Contains(q, "99999") || strings.Contains(q, "acc-admin") {
			t.Errorf("asked %s", q)
		}
	}
}

// TestFramesOfTheTenantAlone keeps what a site calls itself from widening the policy.
func TestFramesOfTheTenantAlone(t *testing.T) {
	t.Parallel()
	for _, display := range []string{
		"https://a.example; script-src *", "https://*.example.com", "https://a.example,https://b.example", "https://a.example 'unsafe-inline'", "*", "https:", "'self'",
		"javascript:alert(1)", "https://a.example\n.b", "http://a.example",
	} {
		w := newWorld(t, nil)
		if status := w.lifecycle(t, "installed", map[string]any{"displayUrl": display}); status != http.StatusNoContent {
			t.Fatalf("%q: status %d", display, status)
		}
		i := w.install(t, shop)
		if diff := cmp.Diff([]string{shopURL}, i.Ancestors()); diff != "" {
			t.Errorf("%q (-want +got)\n%s", display, diff)
		}
	}
}

// TestNothingIsToldBeforeTheSignature answers alike to whoever guesses at sites.
func TestNothingIsToldBeforeTheSignature(t *testing.T) {
	t.Parallel()
	w := twoSites(t)
	var texts []string
	for _, c := range []claims{{"iss": shop}, {"iss": "client-unknown"}, {"iss": shop, "exp": 1}, {"iss": shop, "qsh": contextQSH}, {"iss": other, "aud": shop}, {}} {
		rec := httptest.NewRecorder()
		w.mux.ServeHTTP(rec, visitRequest("GET", "/connect/panels/scenarios", signHS(t, "a guess", c)))
		texts = append(texts, rec.Result().Status+rec.Body.String())
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("%q and %q", texts[0], text)
		}
	}
}
