package connect

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

const panelTarget = "/connect/panels/scenarios?xdm_e=https%3A%2F%2Fshop.atlassian.net&xdm_c=channel&cp=&lic=none"

func TestVisit(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	c := w.siteClaims(t, "GET", panelTarget)
	token := signHS(t, secret, c)
	inQuery := httptest.NewRequest("GET", panelTarget+"&jwt="+token, nil)
	v, err := w.Visit(inQuery, URLBound, "")
	if err != nil {
		t.Fatal(err)
	}
	want := &Visitor{
		Tenant: w.install(t, shop).Tenant, Install: w.install(t, shop), Account: "acc-dev",
		Context: Context{IssueID: 10012, IssueKey: "SHOP-12", ProjectID: 10000, ProjectKey: "SHOP"},
		Claims:  v.Claims,
	}
	if diff := cmp.Diff(want, v, cmp.AllowUnexported(behavepro.Secret{}), cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "since" }, cmp.Ignore())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	wantClaims := Claims{
		Issuer: shop, Subject: "acc-dev", IssuedAt: w.clock(), Expires: w.clock().Add(3 * time.Minute), QSH: v.Claims.QSH, Context: want.Context,
	}
	if diff := cmp.Diff(wantClaims, v.Claims); diff != "" {
		t.Errorf("claims (-want +got)\n%s", diff)
	}

	anonymous, err := w.Visit(visitRequest("GET", panelTarget, signHS(t, secret, with(c, claims{"sub": nil}))), URLBound, "")
	if err != nil || !anonymous.Anonymous || anonymous.Account != "" {
		t.Errorf("without sub: %+v, %v", anonymous, err)
	}
}

// TestWhereTokensStand covers query, form body and header, and qsh over the parameters of a form.
func TestWhereTokensStand(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	form := func(more url.Values) url.Values {
		v := url.Values{"a": {"1"}, "b": {"x y", "&"}}
		for name, values := range more {
			v[name] = values
		}
		return v
	}
	plain := signHS(t, secret, w.siteClaims(t, "POST", "/connect/x"))
	overForm := signHS(t, secret, w.siteClaims(t, "POST", "/connect/x?"+form(nil).Encode()))
	overQuery := signHS(t, secret, w.siteClaims(t, "POST", "/connect/x?q=1"))
	for name, test := range map[string]struct {
		target string
		body   url.Values
		header string
		kind   string
		want   Code
	}{
		"header":                         {target: "/connect/x", header: "JWT " + plain},
		"header in lower case":           {target: "/connect/x", header: "jwt  " + plain},
		"query":                          {target: "/connect/x?jwt=" + plain},
		"body":                           {target: "/connect/x", body: url.Values{"jwt": {plain}}},
		"body, hash over its parameters": {target: "/connect/x", body: form(url.Values{"jwt": {overForm}})},
		"header, hash over the body's parameters":  {target: "/connect/x", body: form(nil), header: "JWT " + overForm},
		"other parameters than were hashed":        {target: "/connect/x", body: form(url.Values{"a": {"2"}}), header: "JWT " + overForm, want: InvalidQSH},
		"a query hides the body's parameters":      {target: "/connect/x?z=1", body: form(nil), header: "JWT " + overForm, want: InvalidQSH},
		"the body's parameters as another type":    {target: "/connect/x", body: form(nil), header: "JWT " + overForm, kind: "text/plain", want: InvalidQSH},
		"query before header":                      {target: "/connect/x?jwt=" + plain, header: "JWT a.b.c"},
		"query and body":                           {target: "/connect/x?jwt=" + plain, body: url.Values{"jwt": {plain}}, want: AmbiguousJWT},
		"twice in the query":                       {target: "/connect/x?jwt=" + plain + "&jwt=" + plain, want: AmbiguousJWT},
		"twice in the query, one of them escaped":  {target: "/connect/x?jwt=" + plain + "&%6awt=" + plain, want: AmbiguousJWT},
		"an empty one in the query":                {target: "/connect/x?jwt=", header: "JWT " + plain},
		"none":                                     {target: "/connect/x", want: MissingJWT},
		"another scheme":                           {target: "/connect/x", header: "Bearer " + plain, want: MissingJWT},
		"a query that was signed":                  {target: "/connect/x?q=1", header: "JWT " + overQuery},
		"a parameter more":                         {target: "/connect/x?q=1&r=2", header: "JWT " + overQuery, want: InvalidQSH},
		"a parameter twice":                        {target: "/connect/x?q=1&q=1", header: "JWT " + overQuery, want: InvalidQSH},
		"a parameter less":                         {target: "/connect/x", header: "JWT " + overQuery, want: InvalidQSH},
		"another path":                             {target: "/connect/y?q=1", header: "JWT " + overQuery, want: InvalidQSH},
		"parameters moved into the path":           {target: "/connect/x&q=1", header: "JWT " + overQuery, want: InvalidQSH},
		"a body for what was signed in the query ": {target: "/connect/x", body: url.Values{"q": {"1"}}, header: "JWT " + overQuery}, // the reference's leniency
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("POST", test.target, strings.NewReader(test.body.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			if test.kind != "" {
				r.Header.Set("Content-Type", test.kind)
			}
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			_, err := w.Visit(r, URLBound, "")
			if code(err) != test.want || (err == nil) != (test.want == "") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err == nil && test.body != nil {
				if err := r.ParseForm(); err != nil || !cmp.Equal(r.PostForm, test.body) {
					t.Errorf("the body cannot be read again: %v, %v", r.PostForm, err)
				}
			}
		})
	}
}

func TestVisitRefuses(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	w.lifecycle(t, "installed", map[string]any{"clientKey": "client-other", "baseUrl": "https://other.atlassian.net", "sharedSecret": "another shared secret"})
	w.pass(time.Second)
	now := w.clock()
	good := w.siteClaims(t, "GET", panelTarget)
	for name, test := range map[string]struct {
		token string
		more  claims
		key   string // "" is the shop's
		want  Code
	}{
		"valid":                          {},
		"expired within the leeway":      {more: claims{"exp": now.Add(-3 * time.Second).Unix()}},
		"expired":                        {more: claims{"exp": now.Add(-4 * time.Second).Unix()}, want: TokenExpired},
		"no exp":                         {more: claims{"exp": nil}, want: MissingExp},
		"exp null":                       {token: rawHS(secret, `{"iss":"`+shop+`","exp":null,"qsh":"`+good["qsh"].(string)+`"}`), want: MissingExp},
		"exp a text":                     {more: claims{"exp": "9999999999"}, want: MalformedJWT},
		"exp beyond all time":            {more: claims{"exp": 1e30}, want: MalformedJWT},
		"exp negative":                   {more: claims{"exp": -1}, want: MalformedJWT},
		"a clock ahead":                  {more: claims{"iat": now.Add(4 * time.Minute).Unix()}},
		"a clock far ahead":              {more: claims{"iat": now.Add(6 * time.Minute).Unix()}, want: FutureIat},
		"not valid yet":                  {more: claims{"nbf": now.Add(6 * time.Minute).Unix()}, want: FutureIat},
		"no iat":                         {more: claims{"iat": nil}},
		"no qsh":                         {more: claims{"qsh": nil}, want: MissingQSH},
		"qsh empty":                      {more: claims{"qsh": ""}, want: MissingQSH},
		"qsh of another address":         {more: claims{"qsh": strings.Repeat("0", 64)}, want: InvalidQSH},
		"qsh in capitals":                {more: claims{"qsh": strings.ToUpper(good["qsh"].(string))}, want: InvalidQSH},
		"context-qsh":                    {more: claims{"qsh": contextQSH}, want: InvalidQSH},
		"qsh of an own token":            {more: claims{"qsh": ownQSH}, want: InvalidQSH},
		"no issuer":                      {more: claims{"iss": nil}, want: UnknownIssuer},
		"unknown issuer":                 {more: claims{"iss": "client-unknown"}, want: UnknownIssuer},
		"issuer in a list":               {more: claims{"iss": []string{shop}}, want: MalformedJWT},
		"our own key":                    {more: claims{"iss": DefaultKey}, want: UnknownIssuer},
		"another tenant's issuer":        {more: claims{"iss": "client-other"}, want: InvalidSignature},
		"another tenant's secret":        {key: "another shared secret", want: InvalidSignature},
		"empty secret":                   {token: emptyHS(good), want: InvalidSignature},
		"audience of ours":               {more: claims{"iss": DefaultKey, "aud": shop}},
		"audience is the issuer":         {more: claims{"aud": []string{shop, "client-other"}}},
		"audience empty":                 {more: claims{"aud": []string{}}},
		"audience an empty text":         {more: claims{"aud": ""}},
		"audience null":                  {token: rawHS(secret, strings.Replace(jsonOf(t, good), "{", `{"aud":null,`, 1))},
		"audience unknown":               {more: claims{"iss": DefaultKey, "aud": "client-unknown"}, want: WrongAudience},
		"audience our address":           {more: claims{"iss": DefaultKey, "aud": publicURL + "/connect"}, want: WrongAudience},
		"audience another tenant":        {more: claims{"aud": "client-other"}, want: WrongIssuer},
		"a number of audience":           {more: claims{"aud": 7}, want: MalformedJWT},
		"a critical extension":           {token: headerHS(t, `{"alg":"HS256","crit":["x"]}`, good), want: MalformedJWT},
		"algorithm in lower case":        {token: headerHS(t, `{"alg":"hs256"}`, good), want: WrongAlgorithm},
		"no algorithm":                   {token: headerHS(t, `{"typ":"JWT"}`, good), want: WrongAlgorithm},
		"algorithm null":                 {token: headerHS(t, `{"alg":null}`, good), want: WrongAlgorithm},
		"algorithm twice":                {token: headerHS(t, `{"alg":"HS256","alg":"none"}`, good), want: WrongAlgorithm},
		"empty":                          {token: "..", want: MalformedJWT},
		"one part":                       {token: "x", want: MalformedJWT},
		"four parts":                     {token: "a.b.c.d", want: MalformedJWT},
		"no JSON":                        {token: "eA.eA.eA", want: MalformedJWT},
		"padding":                        {token: signHS(t, secret, good) + "=", want: MalformedJWT},
		"a changed last bit":             {token: malleable(signHS(t, secret, good)), want: MalformedJWT},
		"too long":                       {token: strings.Repeat("a", maxToken+1), want: MalformedJWT},
		"signed with the public key":     {token: signHS(t, publicPEM(t, &pair().PublicKey), good), want: InvalidSignature},
		"signed with Atlassian's key":    {token: signRS(t, pair(), kid, good), want: WrongAlgorithm},
		"signed with a key for own ones": {token: signHS(t, string(ownKey(ref(w.install(t, shop)))), good), want: InvalidSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := test.token
			if token == "" {
				key := test.key
				if key == "" {
					key = secret
				}
				token = signHS(t, key, with(good, test.more))
			}
			_, err := w.Visit(visitRequest("GET", panelTarget, token), URLBound, "")
			if code(err) != test.want || (err == nil) != (test.want == "") {
				t.Errorf("got %v (%v), want %q", err, code(err), test.want)
			}
			if err != nil && err.Error() != notSigned+" ("+notSignedHint+")" {
				t.Errorf("the caller reads %q", err)
			}
		})
	}
}

func ref[T any](v T) *T { return &v }

func jsonOf(t testing.TB, c claims) string {
	t.Helper()
	token := strings.Split(signHS(t, "x", c), ".")
	text, err := base64.RawURLEncoding.DecodeString(token[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rawHS signs claims that are no object of Go's.
func rawHS(key, text string) string {
	return sealHS(key, base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`))+"."+base64.RawURLEncoding.EncodeToString([]byte(text)))
}

func headerHS(t testing.TB, header string, c claims) string {
	t.Helper()
	return sealHS(secret, base64.RawURLEncoding.EncodeToString([]byte(header))+"."+strings.Split(signHS(t, secret, c), ".")[1])
}

func sealHS(key, text string) string {
	sum, err := jwt.SigningMethodHS256.Sign(text, []byte(key))
	if err != nil {
		panic(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sum)
}

func emptyHS(c claims) string {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(nil))
	if err != nil {
		panic(err)
	}
	return text
}

// malleable changes a bit of the last character that no byte of the signature holds.
func malleable(token string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, token[len(token)-1])
	return token[:len(token)-1] + string(digits[last^1])
}

type algTokens struct{ Tokens map[string]string }

// TestUnsupportedAlgorithms refuses well-formed tokens of every algorithm but ours, at every door.
func TestUnsupportedAlgorithms(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	for _, file := range readVectors[algTokens](t, "jwt-unsupported-alg-tokens.json") {
		if len(file.Tokens) < 5 {
			t.Fatalf("only %d tokens", len(file.Tokens))
		}
		for name, token := range file.Tokens {
			for _, b := range []Binding{URLBound, ContextBound} {
				if _, err := w.Visit(visitRequest("GET", panelTarget, token), b, ScenariosModule); code(err) != WrongAlgorithm && code(err) != MalformedJWT {
					t.Errorf("%s: got %v", name, err)
				}
			}
			r := visitRequest("GET", "/connect/page", "")
			r.Header.Del("Authorization")
			r.Header.Set(ContextHeader, token)
			if _, err := w.Visit(r, ContextBound, ScenariosModule); code(err) != WrongAlgorithm && code(err) != MalformedJWT {
				t.Errorf("%s as an own token: got %v", name, err)
			}
		}
	}
}

func TestContextClaim(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		context string
		want    Context
	}{
		"issue and project":    {`{"jira":{"issue":{"id":"7","key":"SHOP-1"},"project":{"id":"8","key":"SHOP"}}}`, Context{7, "SHOP-1", 8, "SHOP"}},
		"ids as numbers":       {`{"jira":{"issue":{"id":7},"project":{"id":8}}}`, Context{IssueID: 7, ProjectID: 8}},
		"project alone":        {`{"jira":{"project":{"id":"8","key":"SHOP"}},"url":{"displayUrl":"x"}}`, Context{ProjectID: 8, ProjectKey: "SHOP"}},
		"keys of another form": {`{"jira":{"issue":{"id":"7","key":"../x"},"project":{"id":"8","key":"a b"}}}`, Context{IssueID: 7, ProjectID: 8}},
		"none":                 {`{}`, Context{}},
		"a text":               {`"x"`, Context{}},
		"null":                 {`null`, Context{}},
		"id zero":              {`{"jira":{"issue":{"id":"0"}}}`, Context{}},
		"id negative":          {`{"jira":{"issue":{"id":"-7"}}}`, Context{}},
		"id too large":         {`{"jira":{"issue":{"id":"99999999999999999999"}}}`, Context{}},
		"id a word":            {`{"jira":{"issue":{"id":"7 or 8"},"project":{"id":"8"}}}`, Context{}},
		"an issue of text":     {`{"jira":{"issue":"SHOP-1"}}`, Context{}},
	} {
		token := rawHS(secret, `{"iss":"`+shop+`","context":`+test.context+`}`)
		u, err := parse(token, jwt.SigningMethodHS256)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := u.wire.claims().Context; got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(rawHS(secret, `{"iss":"x","aud":["y"],"exp":1,"context":{"jira":{"issue":{"id":"1"}}}}`))
	f.Add(rawHS(secret, `{"iss":1,"aud":{},"exp":1e400}`))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		u, err := parse(token, jwt.SigningMethodHS256)
		if err != nil {
			if code(err) != MalformedJWT && code(err) != WrongAlgorithm {
				t.Fatalf("%q: %v", token, err)
			}
			return
		}
		c := u.wire.claims()
		if c.Context.IssueID < 0 || c.Context.ProjectID < 0 || strings.ContainsAny(string(c.Context.IssueKey)+string(c.Context.ProjectKey), "/<>\"'\n ") {
			t.Fatalf("%q says %+v", token, c)
		}
		_ = u.timely(start)
	})
}

func FuzzFind(f *testing.F) {
	f.Add("jwt=a.b.c&x=1", "y=2&jwt=", "JWT a.b.c")
	f.Add("%6awt=1&jwt=2", "", "")
	f.Add("a;jwt=1", "jwt", "jwt  ")
	f.Fuzz(func(t *testing.T, query, body, header string) {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/x", RawQuery: query}, Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {header},
		}, Body: http.NoBody}
		found, err := find(r)
		inQuery := tokens(query)
		switch {
		case len(inQuery) == 1 && (err != nil || found.token != inQuery[0]):
			t.Fatalf("%q: %q, %v", query, found.token, err)
		case len(inQuery) > 1 && code(err) != AmbiguousJWT:
			t.Fatalf("%q: %v", query, err)
		case err == nil && found.token == "":
			t.Fatal("an empty token")
		}
		if u, err := url.ParseQuery(query); err == nil && slices.ContainsFunc(u["jwt"], func(s string) bool { return s != "" }) && len(inQuery) == 0 {
			t.Fatalf("%q: the token is missed", query)
		}
	})
}
