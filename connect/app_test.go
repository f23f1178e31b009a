package connect

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/golang-jwt/jwt/v5"
)

const (
	publicURL = "https://bdd.example.com"
	shopURL   = "https://shop.atlassian.net"
	shop      = "client-shop"
	secret    = "a shared secret of the shop"
	kid       = "0a1b2c3d-1111-4222-8333-444455556666"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// pair is a key pair of the install keys.
var pair = sync.OnceValue(func() *rsa.PrivateKey { return mustKey() })

// otherPair is one that nobody publishes.
var otherPair = sync.OnceValue(func() *rsa.PrivateKey { return mustKey() })

func mustKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

func publicPEM(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// world is an app with the Jira around it.
type world struct {
	*App
	mux *http.ServeMux

	mu     sync.Mutex
	now    time.Time
	serve  func(*http.Request) (*http.Response, error) // everything outside
	calls  []*http.Request                             // to outside
	told   []string                                    // hooks that were called
	hints  []Hint
	failed error // of OnHint
	log    strings.Builder
}

func newWorld(t testing.TB, edit func(*Options)) *world {
	t.Helper()
	w := &world{now: start}
	w.serve = func(r *http.Request) (*http.Response, error) {
		if r.URL.String() == keysThen+"/"+kid {
			return answer(http.StatusOK, publicPEM(t, &pair().PublicKey)), nil
		}
		return answer(http.StatusNotFound, ""), nil
	}
	o := Options{
		Installs: NewInstalls(storetest.NewStore(t, Kinds()...).Directory()), PublicURL: publicURL, Sites: []string{"shop.atlassian.net"},
		HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			w.mu.Lock()
			w.calls = append(w.calls, r)
			serve := w.serve
			w.mu.Unlock()
			return serve(r)
		})},
		Jira: jira.Options{Now: w.clock, Sleep: func(_ context.Context, d time.Duration) error { w.pass(d); return nil }},
		OnInstalled: func(_ context.Context, i Install) error {
			w.tell("installed " + i.Host())
			return nil
		},
		OnUninstalled: func(_ context.Context, i Install) error {
			w.tell("uninstalled " + i.Host())
			return nil
		},
		OnHint: func(_ context.Context, _ Install, h Hint) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.hints = append(w.hints, h)
			return w.failed
		},
		Logger: slog.New(slog.NewTextHandler(&w.log, nil)), Now: w.clock,
	}
	if edit != nil {
		edit(&o)
	}
	app, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.App = app
	w.mux = http.NewServeMux()
	for _, route := range app.Routes() {
		w.mux.HandleFunc(route.Pattern, func(rw http.ResponseWriter, r *http.Request) { reply(rw, route.Serve(rw, r)) })
	}
	for _, panel := range app.Panels() {
		w.mux.HandleFunc(panel.Pattern, func(rw http.ResponseWriter, r *http.Request) {
			v, err := app.Visit(r, URLBound, "")
			if err == nil {
				err = app.Authorize(r.Context(), v, panel.Need)
			}
			reply(rw, err)
		})
	}
	// A page of the scenarios panel and a form on it.
	for _, pattern := range []string{"GET /connect/page", "POST /connect/page"} {
		w.mux.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
			v, err := app.Visit(r, ContextBound, ScenariosModule)
			if err == nil && r.Method == http.MethodPost {
				err = app.Authorize(r.Context(), v, Act)
			}
			reply(rw, err)
		})
	}
	return w
}

// reply answers with the status of an error and its text, as the adapter of the API does.
func reply(w http.ResponseWriter, err error) {
	for kind, status := range map[error]int{
		behavepro.ErrUnauthenticated: 401, behavepro.ErrForbidden: 403, behavepro.ErrGone: 410, behavepro.ErrUnavailable: 503, behavepro.ErrNotFound: 404,
	} {
		if errors.Is(err, kind) {
			http.Error(w, err.Error(), status)
			return
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (w *world) tell(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, what)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) fetched() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls)
}

type claims = jwt.MapClaims

// with returns claims with some others; nil leaves one out.
func with(c claims, more claims) claims {
	out := claims{}
	for name, value := range c {
		out[name] = value
	}
	for name, value := range more {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}

func signHS(t testing.TB, key string, c claims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func signRS(t testing.TB, key *rsa.PrivateKey, id any, c claims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	if id != nil {
		token.Header["kid"] = id
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// siteClaims are those of a token that a site signs for an address.
func (w *world) siteClaims(t testing.TB, method, target string) claims {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	now := w.clock()
	return claims{
		"iss": shop, "sub": "acc-dev", "iat": now.Unix(), "exp": now.Add(3 * time.Minute).Unix(), "qsh": QueryStringHash(method, u, "/connect"),
		"context": map[string]any{"jira": map[string]any{
			"issue":   map[string]any{"id": "10012", "key": "SHOP-12", "issuetype": map[string]any{"id": "10001"}},
			"project": map[string]any{"id": "10000", "key": "SHOP"},
		}},
	}
}

// lifecycleClaims are those of a token that Atlassian signs.
func (w *world) lifecycleClaims(t testing.TB, path string) claims {
	t.Helper()
	return with(w.siteClaims(t, http.MethodPost, "/connect"+path), claims{"aud": []string{publicURL + "/connect"}, "sub": nil, "context": nil})
}

func eventBody(kind string, more map[string]any) map[string]any {
	body := map[string]any{
		"key": DefaultKey, "clientKey": shop, "baseUrl": shopURL, "displayUrl": "https://jira.example.com/some/path?x=1", "productType": "jira",
		"eventType": kind, "serverVersion": "1", "pluginsVersion": "1",
	}
	if kind == "installed" {
		body["sharedSecret"] = secret
	}
	for name, value := range more {
		body[name] = value
	}
	return body
}

func (w *world) send(t testing.TB, method, target, token string, body any) (status int, text string) {
	t.Helper()
	var r io.Reader
	contentType := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		r, contentType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case string:
		r, contentType = strings.NewReader(b), "application/json"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r, contentType = strings.NewReader(string(encoded)), "application/json"
	}
	req := httptest.NewRequest(method, target, r)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

// lifecycle sends a call that is signed as it has to be.
func (w *world) lifecycle(t testing.TB, kind string, more map[string]any) int {
	t.Helper()
	c := w.lifecycleClaims(t, "/"+kind)
	if key, ok := more["clientKey"]; ok {
		c["iss"] = key
	}
	status, _ := w.send(t, "POST", "/connect/"+kind, signRS(t, pair(), kid, c), eventBody(kind, more))
	return status
}

// installed is a world whose site has the app.
func installed(t testing.TB, edit func(*Options)) *world {
	t.Helper()
	w := newWorld(t, edit)
	if status := w.lifecycle(t, "installed", nil); status != http.StatusNoContent {
		t.Fatalf("install: status %d\n%s", status, w.log.String())
	}
	w.pass(time.Second)
	return w
}

func (w *world) install(t testing.TB, clientKey string) Install {
	t.Helper()
	i, err := w.opt.Installs.Get(t.Context(), clientKey)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// grants makes Jira grant permissions for any issue and project that is asked for.
func (w *world) grants(permissions ...jira.Permission) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serve = func(r *http.Request) (*http.Response, error) {
		var q struct {
			GlobalPermissions  []jira.Permission
			ProjectPermissions []struct {
				Permissions      []jira.Permission
				Issues, Projects []int64
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			return nil, err
		}
		type granted struct {
			Permission jira.Permission `json:"permission"`
			Issues     []int64         `json:"issues"`
			Projects   []int64         `json:"projects"`
		}
		var out struct {
			GlobalPermissions  []jira.Permission `json:"globalPermissions"`
			ProjectPermissions []granted         `json:"projectPermissions"`
		}
		for _, p := range q.GlobalPermissions {
			if slices.Contains(permissions, p) {
				out.GlobalPermissions = append(out.GlobalPermissions, p)
			}
		}
		for _, asked := range q.ProjectPermissions {
			for _, p := range asked.Permissions {
				if slices.Contains(permissions, p) {
					out.ProjectPermissions = append(out.ProjectPermissions, granted{p, asked.Issues, asked.Projects})
				}
			}
		}
		text, err := json.Marshal(out)
		return answer(http.StatusOK, string(text)), err
	}
}

// code is the code that an error carries; "" is none.
func code(err error) Code {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

// lastCode is the code of the last refusal in the log.
func (w *world) lastCode() Code {
	_, rest, ok := strings.Cut(w.log.String()[strings.LastIndex(w.log.String(), "\ntime=")+1:], "code=")
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(rest, " ")
	return Code(text)
}
