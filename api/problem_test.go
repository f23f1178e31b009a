package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/web"
	"github.com/behavepro/behavepro/web/problem"
)

// TestErrorKinds: the API and a page answer every error kind with one status, and the client reads it back. That the table has
// every kind of the root package is tested in web/problem.
func TestErrorKinds(t *testing.T) {
	t.Parallel()
	var fails error
	h := newHouse(t, func(opt *api.Options) {
		catalogs := opt.Catalogs
		opt.Catalogs = func(ctx context.Context, tenant behavepro.TenantID) (*catalog.Catalog, error) {
			if fails != nil {
				return nil, fails
			}
			return catalogs(ctx, tenant)
		}
	})
	h.api.Register(web.Route{
		Pattern: "GET /fails", About: "Fails.", Auth: web.Public, Fail: pages.New(pages.Options{}).Fail, Serve: func(*web.Request) error { return fails },
	})
	token := h.token("repos:read")
	c := h.client(token, func(o *client.Options) { o.Patience = time.Nanosecond })
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, h.server.URL+path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.api.ServeHTTP(w, r)
		return w
	}
	for _, k := range problem.Kinds() {
		for name, err := range map[string]error{
			"plain":   fmt.Errorf("read it: %w", k.Err),
			"Problem": fmt.Errorf("read it: %w", behavepro.Explain(fmt.Errorf("secret: %w", k.Err), "what happened", "what to do")),
			"joined":  errors.Join(behavepro.Explain(k.Err, "what happened", "what to do"), behavepro.Explain(k.Err, "once more", "")),
		} {
			fails = err
			answer, page := get("/api/v1/repos"), get("/fails")
			if answer.Code != k.Status || page.Code != k.Status {
				t.Errorf("%s, %s: the API answers %d, a page %d, want %d", k.Name, name, answer.Code, page.Code, k.Status)
			}
			_, err := c.Repositories(t.Context())
			if !errors.Is(err, k.Err) {
				t.Errorf("%s, %s: the client reads %v", k.Name, name, err)
			}
			for _, other := range problem.Kinds() {
				if errors.Is(err, other.Err) && !errors.Is(k.Err, other.Err) {
					t.Errorf("%s, %s: the client reads %s as well", k.Name, name, other.Name)
				}
			}
			var doc problem.Document
			if err := json.Unmarshal(answer.Body.Bytes(), &doc); err != nil || doc.Type != problem.TypePrefix+k.Name {
				t.Errorf("%s, %s: document %+v, %v", k.Name, name, doc, err)
			}
			own := k.Status == http.StatusInternalServerError // a page keeps what is wrong with the server to itself
			for _, says := range []string{"hat happened", "nce more"} {
				want := name == "joined" || name == "Problem" && says == "hat happened"
				if got := strings.Contains(doc.Detail, says); got != want {
					t.Errorf("%s, %s: detail %q", k.Name, name, doc.Detail)
				}
				if got := strings.Contains(page.Body.String(), says); got != (want && !own) {
					t.Errorf("%s, %s: the page says %q: %t", k.Name, name, says, got)
				}
			}
			if strings.Contains(answer.Body.String()+page.Body.String(), "secret") {
				t.Errorf("%s, %s: the cause is told", k.Name, name)
			}
		}
	}
	fails = errors.New("secret")
	for _, path := range []string{"/api/v1/repos", "/fails"} {
		if w := get(path); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s with an unknown error: %d\n%s", path, w.Code, w.Body)
		}
	}
}
