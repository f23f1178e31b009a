package api_test

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web"
)

// walk is what each route is asked in TestDoors: a path of a repository of SHOP, and what a caller without reach gets.
var walk = map[string]struct {
	path    string
	body    string
	outside int // token of another project, with the verb
	foreign int // token of another tenant
}{
	"GET /api/v1/repos":                           {"/api/v1/repos", "", 200, 200},
	"POST /api/v1/repos":                          {"/api/v1/repos", `{"url":"https://x.example/y","projects":["SHOP"]}`, 403, 403},
	"GET /api/v1/repos/{repo}":                    {"/api/v1/repos/acme%2Fshop", "", 404, 404},
	"PATCH /api/v1/repos/{repo}":                  {"/api/v1/repos/acme%2Fshop", `{"branches":["main"]}`, 404, 404},
	"DELETE /api/v1/repos/{repo}":                 {"/api/v1/repos/acme%2Fshop", "", 404, 404},
	"POST /api/v1/repos/{repo}/sync":              {"/api/v1/repos/acme%2Fshop/sync", "", 404, 404},
	"PUT /api/v1/repos/{repo}/credential":         {"/api/v1/repos/acme%2Fshop/credential", `{"token":"x"}`, 404, 404},
	"POST /api/v1/repos/{repo}/hook":              {"/api/v1/repos/acme%2Fshop/hook", "", 404, 404},
	"GET /api/v1/repos/{repo}/features":           {"/api/v1/repos/acme%2Fshop/features", "", 404, 404},
	"GET /api/v1/repos/{repo}/feature":            {"/api/v1/repos/acme%2Fshop/feature?path=features/cart.feature", "", 404, 404},
	"GET /api/v1/repos/{repo}/steps":              {"/api/v1/repos/acme%2Fshop/steps", "", 404, 404},
	"GET /api/v1/repos/{repo}/results":            {"/api/v1/repos/acme%2Fshop/results?commit=main", "", 404, 404},
	"GET /api/v1/repos/{repo}/history":            {"/api/v1/repos/acme%2Fshop/history?path=features/cart.feature&name=Add", "", 404, 404},
	"GET /api/v1/runs/{id}":                       {"/api/v1/runs/PUSH", "", 404, 404},
	"POST /api/v1/runs/complete":                  {"/api/v1/runs/complete", `{"repository":"acme/shop","commit":"00112233445566778899aabbccddeeff00112233","run":"x"}`, 404, 404},
	"GET /api/v1/gate":                            {"/api/v1/gate?issue=SHOP-1", "", 200, 200},
	"GET /api/v1/issues/{key}":                    {"/api/v1/issues/SHOP-1", "", 200, 200},
	"POST /api/v1/results":                        {"/api/v1/results", "multipart", 404, 404},
	"GET /api/v1/results/{id}":                    {"/api/v1/results/PUSH", "", 404, 404},
	"GET /api/v1/tokens":                          {"/api/v1/tokens", "", 403, 403},
	"POST /api/v1/tokens":                         {"/api/v1/tokens", `{"name":"x"}`, 403, 403},
	"DELETE /api/v1/tokens/{id}":                  {"/api/v1/tokens/abc", "", 403, 403},
	"GET /api/v1/trusts":                          {"/api/v1/trusts", "", 403, 403},
	"POST /api/v1/trusts":                         {"/api/v1/trusts", `{}`, 403, 403},
	"DELETE /api/v1/trusts/{id}":                  {"/api/v1/trusts/abc", "", 403, 403},
	"POST /api/v1/links":                          {"/api/v1/links", "", 403, 403},
	"PUT /REST/1.0/bdd/report":                    {"/REST/1.0/bdd/report", report, 202, 202}, // belongs to the caller's own projects
	"PUT /rest/behavepro/1.0/bdd":                 {"/rest/behavepro/1.0/bdd", report, 202, 202},
	"PUT /rest/behavepro/1.0/bdd/report":          {"/rest/behavepro/1.0/bdd/report", report, 202, 202},
	"POST /api/v1/results/{id}/attachments":       {"/api/v1/results/PUSH/attachments", `{"hashes":[]}`, 404, 404},
	"PUT /api/v1/results/{id}/attachments/{hash}": {"/api/v1/results/PUSH/attachments/00", "x", 404, 404},
	"GET /api/v1/evidence/{project}":              {"/api/v1/evidence/SHOP", "", 403, 403},
	"PATCH /api/v1/evidence/{project}":            {"/api/v1/evidence/SHOP", `{"days":9}`, 403, 403},
}

// TestDoors asks every token route with tokens that must not open it.
func TestDoors(t *testing.T) {
	t.Parallel()
	asked := netip.MustParseAddr("192.0.2.0")
	h := newHouse(t, func(o *api.Options) { // too many failures from one address close it
		o.From = func(*http.Request) netip.Addr { asked = asked.Next(); return asked }
	})
	acc, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "acme/shop", Commit: h.tip}, Files: []client.ReportFile{file("r.json", report)},
	})
	if err != nil {
		t.Fatal(err)
	}
	all := "results:write,results:read,repos:read,repos:write"
	expired := h.tokenOf(behavepro.Local, "admin", h.now.Add(-time.Minute), "SHOP")
	foreign := h.tokenOf("other", all+",admin", time.Time{}, "OTHER")
	for _, r := range h.api.Routes() {
		if r.Auth != web.Token {
			continue
		}
		row, ok := walk[r.Pattern]
		if !ok {
			t.Errorf("route %s has no row here", r.Pattern)
			continue
		}
		method, _, _ := strings.Cut(r.Pattern, " ")
		path := strings.Replace(row.path, "PUSH", url.PathEscape(acc.ID), 1)
		for _, try := range []struct {
			who, token string
			want       int
		}{
			{"nobody", "", 401},
			{"a wrong token", "bp_abc_def", 401},
			{"an expired token", expired, 401},
			{"a token without the verb", h.token(string(without(r.Verb)), "SHOP"), 403},
			{"a token of another project", h.token(withVerb(all, r.Verb), "PAY"), row.outside},
			{"a token of another tenant", foreign, row.foreign},
		} {
			status, body := h.ask(t, method, path, row.body, try.token)
			if status != try.want {
				t.Errorf("%s as %s: status %d, want %d (%s)", r.Pattern, try.who, status, try.want, body)
			}
			if row.body != report && strings.Contains(body, "features/cart") || strings.Contains(body, "acme/shop\",\"url") {
				t.Errorf("%s as %s tells what is out of reach: %s", r.Pattern, try.who, body)
			}
		}
	}
	if slices.ContainsFunc(h.syncs.asked, func(what string) bool { return strings.HasSuffix(what, "shop") }) {
		t.Errorf("callers without reach got %v done", h.syncs.asked)
	}
}

func without(verb access.Verb) access.Verb {
	if verb == access.ReposRead {
		return access.ResultsWrite
	}
	return access.ReposRead
}

func withVerb(all string, verb access.Verb) string {
	if verb == access.Admin {
		return all + ",admin"
	}
	return all
}

// ask sends a request as an outsider might, by hand.
func (h *house) ask(t *testing.T, method, path, body, token string) (int, string) {
	t.Helper()
	media := "application/json"
	if body == "multipart" {
		media = "multipart/form-data; boundary=b"
		body = "--b\r\nContent-Disposition: form-data; name=\"push\"\r\n\r\n" +
			`{"repository":"acme/shop","commit":"` + h.tip.String() + `"}` + "\r\n--b--\r\n"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("X-COMMIT-ID", "00112233445566778899aabbccddeeff00112233")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
