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
	"github.com/golang-jwt/jwt/v5"
)

// own makes an own token of the shop's developer at SHOP-12.
func (w *world) ownToken(t testing.TB, module Module, edit func(*Visitor)) string {
	t.Helper()
	i := w.install(t, shop)
	v := &Visitor{
		Tenant: i.Tenant, Install: i, Account: "acc-dev",
		Context: Context{IssueID: 10012, IssueKey: "SHOP-12", ProjectID: 10000, ProjectKey: "SHOP"},
	}
	if edit != nil {
		edit(v)
	}
	token, err := w.ContextToken(v, module)
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

func getOwn(token string) *http.Request {
	return httptest.NewRequest("GET", "/connect/page?a=1&"+ContextField+"="+token, nil)
}

func TestOwnToken(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	token := w.ownToken(t, ScenariosModule, nil)
	v, err := w.Visit(getOwn(token), ContextBound, ScenariosModule)
	if err != nil {
		t.Fatal(err)
	}
	want := Context{IssueID: 10012, IssueKey: "SHOP-12", ProjectID: 10000, ProjectKey: "SHOP"}
	if v.Context != want || v.Account != "acc-dev" || v.Anonymous || v.Module != ScenariosModule || v.Tenant != w.install(t, shop).Tenant {
		t.Errorf("got %+v", v)
	}
	if ttl := v.Claims.Expires.Sub(w.clock()); ttl > 15*time.Minute || ttl < 14*time.Minute {
		t.Errorf("it lasts %s", ttl)
	}
	if strings.ContainsAny(token, "&=?#/+ ") {
		t.Errorf("%q would have to be escaped in an address", token)
	}
	nobody, err := w.Visit(getOwn(w.ownToken(t, ScenariosModule, func(v *Visitor) { v.Account, v.Anonymous = "", true })), ContextBound, ScenariosModule)
	if err != nil || !nobody.Anonymous {
		t.Errorf("of nobody: %+v, %v", nobody, err)
	}
}

func TestOwnTokenRefuses(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	w.lifecycle(t, "installed", map[string]any{"clientKey": "client-other", "baseUrl": "https://other.atlassian.net", "sharedSecret": "another shared secret"})
	w.opt.Sites = append(w.opt.Sites, "other.atlassian.net")
	w.pass(time.Second)
	good := w.ownToken(t, ScenariosModule, nil)
	key := ownKey(ref(w.install(t, shop)))
	now := w.clock()
	forged := func(more claims) string {
		return signHS(t, string(key), with(claims{
			"iss": DefaultKey, "aud": []string{shop}, "sub": "acc-dev", "iat": now.Unix(), "exp": now.Add(ownFor).Unix(), "qsh": ownQSH,
			"module": "scenarios", "tenant": string(w.install(t, shop).Tenant), "since": now.Unix(),
		}, more))
	}
	for name, test := range map[string]struct {
		token string
		later time.Duration
		want  Code
	}{
		"as we make it":              {token: forged(nil)},
		"expired":                    {token: forged(claims{"exp": now.Add(-4 * time.Second).Unix()}), want: TokenExpired},
		"renewed for too long":       {token: forged(claims{"since": now.Add(-ownAtMost - time.Second).Unix()}), want: SessionTooOld},
		"since never":                {token: forged(claims{"since": nil}), want: SessionTooOld},
		"for another module":         {token: w.ownToken(t, SiteModule, nil), want: WrongModule},
		"for no module":              {token: forged(claims{"module": nil}), want: WrongModule},
		"of another tenant":          {token: forged(claims{"tenant": "t-other"}), want: WrongAudience},
		"of no tenant":               {token: forged(claims{"tenant": nil}), want: WrongAudience},
		"another tenant's site":      {token: forged(claims{"aud": "client-other"}), want: InvalidSignature},
		"a site that is unknown":     {token: forged(claims{"aud": "client-unknown"}), want: WrongAudience},
		"no audience":                {token: forged(claims{"aud": nil}), want: WrongIssuer},
		"two audiences":              {token: forged(claims{"aud": []string{shop, "client-other"}}), want: WrongIssuer},
		"from a site":                {token: forged(claims{"iss": shop}), want: WrongIssuer},
		"with Jira's word":           {token: forged(claims{"qsh": contextQSH}), want: InvalidQSH},
		"with the hash of a request": {token: forged(claims{"qsh": QueryStringHash("GET", &url.URL{Path: "/page"}, "")}), want: InvalidQSH},
		"signed with Jira's secret":  {token: signHS(t, secret, with(w.siteClaims(t, "GET", "/x"), claims{"iss": DefaultKey, "aud": shop, "qsh": ownQSH})), want: InvalidSignature},
		"a changed claim":            {token: tamper(good, "acc-dev", "acc-adm"), want: InvalidSignature},
		"without a signature":        {token: good[:strings.LastIndex(good, ".")+1], want: InvalidSignature},
		"nothing like it":            {token: "x", want: MalformedJWT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := w.Visit(getOwn(test.token), ContextBound, ScenariosModule); code(err) != test.want || (err == nil) != (test.want == "") {
				t.Errorf("got %v (%s), want %q", err, code(err), test.want)
			}
		})
	}
}

// tamper replaces a text in a token's claims with one of the same length.
func tamper(token, from, to string) string {
	parts := strings.Split(token, ".")
	text, err := jwt.NewParser().DecodeSegment(parts[1])
	if err != nil {
		panic(err)
	}
	changed := rawHS(secret, strings.Replace(string(text), from, to, 1))
	return strings.Split(changed, ".")[0] + "." + strings.Split(changed, ".")[1] + "." + parts[2]
}

// TestOwnTokenEnds ends all own tokens of a site with its secret.
func TestOwnTokenEnds(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	token := w.ownToken(t, ScenariosModule, nil)
	w.pass(time.Second)
	if status := w.lifecycle(t, "installed", map[string]any{"sharedSecret": "a rotated secret"}); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if _, err := w.Visit(getOwn(token), ContextBound, ScenariosModule); code(err) != InvalidSignature {
		t.Errorf("after a new install: %v", err)
	}
	token = w.ownToken(t, ScenariosModule, nil)
	w.pass(time.Second)
	if status := w.lifecycle(t, "uninstalled", nil); status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	if _, err := w.Visit(getOwn(token), ContextBound, ScenariosModule); code(err) != NotInstalled {
		t.Errorf("after the uninstall: %v", err)
	}
}

// TestWritesCarryTheirToken lets nothing be written by an address alone.
func TestWritesCarryTheirToken(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	w.grants(jira.BrowseProjects, jira.EditIssues)
	token := w.ownToken(t, ScenariosModule, nil)
	if status, text := w.send(t, "POST", "/connect/page", "", url.Values{ContextField: {token}, "x": {"1"}}); status != http.StatusOK {
		t.Errorf("in the form: status %d: %s", status, text)
	}
	r := httptest.NewRequest("POST", "/connect/page", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(ContextHeader, token)
	if _, err := w.Visit(r, ContextBound, ScenariosModule); err != nil {
		t.Errorf("in the header: %v", err)
	}
	if status, _ := w.send(t, "POST", "/connect/page?"+ContextField+"="+token, "", url.Values{"x": {"1"}}); status != http.StatusUnauthorized || w.lastCode() != MissingJWT {
		t.Errorf("in the address: status %d, code %s", status, w.lastCode())
	}
	if status, _ := w.send(t, "POST", "/connect/page", "", url.Values{ContextField: {token, token}}); status != http.StatusUnauthorized || w.lastCode() != AmbiguousJWT {
		t.Errorf("twice in the form: status %d, code %s", status, w.lastCode())
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	jiras := signHS(t, secret, with(w.siteClaims(t, "GET", "/x"), claims{"qsh": contextQSH}))
	status, text := w.send(t, "POST", w.RenewPath(ScenariosModule), jiras, nil)
	_, rest, _ := strings.Cut(text, `"token": "`)
	token, _, _ := strings.Cut(rest, `"`)
	if status != http.StatusOK || token == "" {
		t.Fatalf("status %d: %s", status, text)
	}
	v, err := w.Visit(getOwn(token), ContextBound, ScenariosModule)
	if err != nil || v.Account != "acc-dev" || v.IssueID != 10012 {
		t.Errorf("got %+v, %v", v, err)
	}
	if status, _ := w.send(t, "POST", "/connect/tokens/unknown", jiras, nil); status != http.StatusNotFound {
		t.Errorf("an unknown module: status %d", status)
	}
	bound := signHS(t, secret, w.siteClaims(t, "POST", w.RenewPath(ScenariosModule)))
	if status, _ := w.send(t, "POST", w.RenewPath(ScenariosModule), bound, nil); status != http.StatusUnauthorized || w.lastCode() != InvalidQSH {
		t.Errorf("a token for an address: status %d, code %s", status, w.lastCode())
	}
	if status, _ := w.send(t, "POST", w.RenewPath(ScenariosModule), "", url.Values{ContextField: {token}}); status != http.StatusUnauthorized || w.lastCode() != MissingJWT {
		t.Errorf("an own token: status %d, code %s", status, w.lastCode())
	}
}

// TestRenewingKeepsSince lets own tokens be passed on for no longer than Jira's signature is trusted.
func TestRenewingKeepsSince(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	token := w.ownToken(t, ScenariosModule, nil)
	var err error
	for hops := 0; err == nil; hops++ {
		if hops > int(ownAtMost/(10*time.Minute))+1 {
			t.Fatal("it never ends")
		}
		w.pass(10 * time.Minute)
		var v *Visitor
		if v, err = w.Visit(getOwn(token), ContextBound, ScenariosModule); err == nil {
			var next behavepro.Secret
			if next, err = w.ContextToken(v, ScenariosModule); err != nil {
				t.Fatal(err)
			}
			token = next.Reveal()
		}
	}
	if code(err) != SessionTooOld || w.clock().Sub(start) < ownAtMost {
		t.Errorf("after %s: %v", w.clock().Sub(start), err)
	}
}
