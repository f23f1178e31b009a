package connect

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/pages"
	"github.com/google/go-cmp/cmp"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	issue := Context{IssueID: 7, IssueKey: "SHOP-1", ProjectID: 8, ProjectKey: "SHOP"}
	project := Context{ProjectID: 8, ProjectKey: "SHOP"}
	all := []jira.Permission{jira.BrowseProjects, jira.EditIssues, jira.AdministerProjects, jira.Administer}
	for name, test := range map[string]struct {
		need      Need
		at        Context
		account   string
		open      bool
		granted   []jira.Permission
		want      error
		asked     string // what the question contains
		neverAsks bool
	}{
		"browse an issue":                     {need: Browse, at: issue, account: "acc", granted: all, asked: `"issues":[7]`},
		"browse a project":                    {need: Browse, at: project, account: "acc", granted: all, asked: `"projects":[8]`},
		"browse without the right":            {need: Browse, at: issue, account: "acc", granted: []jira.Permission{jira.EditIssues}, want: behavepro.ErrForbidden},
		"browse without a place":              {need: Browse, account: "acc", granted: all, want: behavepro.ErrForbidden, neverAsks: true},
		"act":                                 {need: Act, at: issue, account: "acc", granted: all, asked: `"EDIT_ISSUES"`},
		"act without the right":               {need: Act, at: issue, account: "acc", granted: []jira.Permission{jira.BrowseProjects}, want: behavepro.ErrForbidden},
		"act on a project":                    {need: Act, at: project, account: "acc", granted: all, want: behavepro.ErrForbidden, neverAsks: true},
		"configure":                           {need: Configure, at: project, account: "acc", granted: all, asked: `"ADMINISTER_PROJECTS"`},
		"configure from an issue":             {need: Configure, at: issue, account: "acc", granted: all, asked: `"projects":[8]`},
		"configure without the right":         {need: Configure, at: issue, account: "acc", granted: []jira.Permission{jira.BrowseProjects, jira.Administer}, want: behavepro.ErrForbidden},
		"administer":                          {need: Administer, account: "acc", granted: all, asked: `"globalPermissions":["ADMINISTER"]`},
		"administer without the right":        {need: Administer, at: project, account: "acc", granted: []jira.Permission{jira.AdministerProjects}, want: behavepro.ErrForbidden},
		"nobody":                              {need: Browse, at: issue, granted: all, want: behavepro.ErrUnauthenticated, neverAsks: true},
		"nobody, where the site allows it":    {need: Browse, at: issue, open: true, granted: all, asked: `"issues":[7]`},
		"nobody, and Jira does not grant it":  {need: Browse, at: issue, open: true, want: behavepro.ErrForbidden},
		"nobody acts":                         {need: Act, at: issue, open: true, granted: all, want: behavepro.ErrUnauthenticated, neverAsks: true},
		"nobody configures":                   {need: Configure, at: issue, open: true, granted: all, want: behavepro.ErrUnauthenticated, neverAsks: true},
		"nobody administers":                  {need: Administer, at: issue, open: true, granted: all, want: behavepro.ErrUnauthenticated, neverAsks: true},
		"the account is asked for, not ours ": {need: Browse, at: issue, account: "acc-reader", granted: all, asked: `"accountId":"acc-reader"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := installed(t, func(o *Options) { allow(t, o, pages.Rules{Anonymous: test.open}) })
			w.grants(test.granted...)
			var question string
			var signed bool
			serve := w.serve
			w.serve = func(r *http.Request) (*http.Response, error) {
				body, err := readBody(r)
				question, signed = string(body), r.Header.Get("Authorization") != ""
				if err != nil {
					return nil, err
				}
				return serve(r)
			}
			before := w.fetched()
			v := &Visitor{Install: w.install(t, shop), Account: test.account, Anonymous: test.account == "", Context: test.at}
			err := w.Authorize(t.Context(), v, test.need)
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if asked := w.fetched() > before; asked == test.neverAsks {
				t.Errorf("Jira was asked: %v", asked)
			}
			if !test.neverAsks && (!strings.Contains(question, test.asked) || signed == v.Anonymous) {
				t.Errorf("asked %s, signed %v", question, signed)
			}
		})
	}
}

// TestAuthorizeFailsClosed lets nobody in whom Jira did not vouch for, whatever Jira says instead.
func TestAuthorizeFailsClosed(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func() (*http.Response, error){
		"down":    func() (*http.Response, error) { return nil, errors.New("connection refused") },
		"401":     func() (*http.Response, error) { return answer(401, "{}"), nil },
		"403":     func() (*http.Response, error) { return answer(403, "{}"), nil },
		"404":     func() (*http.Response, error) { return answer(404, "{}"), nil },
		"410":     func() (*http.Response, error) { return answer(410, "{}"), nil },
		"429":     func() (*http.Response, error) { return answer(429, "{}"), nil },
		"500":     func() (*http.Response, error) { return answer(500, ""), nil },
		"503":     func() (*http.Response, error) { return answer(503, "<html>"), nil },
		"no JSON": func() (*http.Response, error) { return answer(200, "<html>"), nil },
		"another site": func() (*http.Response, error) {
			r := answer(302, "")
			r.Header.Set("Location", "https://evil.example.com/")
			return r, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := installed(t, nil)
			w.serve = func(r *http.Request) (*http.Response, error) {
				if r.URL.Host != "shop.atlassian.net" {
					t.Errorf("called %s", r.URL)
				}
				return serve()
			}
			v := &Visitor{Install: w.install(t, shop), Account: "acc", Context: Context{IssueID: 7}}
			err := w.Authorize(t.Context(), v, Browse)
			if !errors.Is(err, behavepro.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
			for _, kind := range []error{behavepro.ErrUnauthenticated, behavepro.ErrForbidden, behavepro.ErrNotFound, behavepro.ErrGone} {
				if errors.Is(err, kind) {
					t.Errorf("Jira's own trouble is told as the visitor's: %v", kind)
				}
			}
			if !strings.Contains(err.Error(), "Jira could not be asked") || !strings.Contains(w.log.String(), "jira gave no answer") {
				t.Errorf("text %q, log %s", err, w.log.String())
			}
		})
	}
}

func TestAncestors(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	v := &Visitor{Tenant: w.install(t, shop).Tenant, Install: w.install(t, shop), Account: "acc"}
	own, err := w.ContextToken(v, ScenariosModule)
	if err != nil {
		t.Fatal(err)
	}
	both := []string{shopURL, "https://jira.example.com"}
	expired := signHS(t, secret, with(w.siteClaims(t, "GET", panelTarget), claims{"exp": 1}))
	unknown := signHS(t, secret, with(w.siteClaims(t, "GET", panelTarget), claims{"iss": "client-unknown"}))
	for name, test := range map[string]struct {
		target string
		want   []string
	}{
		"an expired token":   {panelTarget + "&jwt=" + expired, both},
		"an own token":       {"/connect/page?" + ContextField + "=" + own.Reveal(), both},
		"an unknown site":    {panelTarget + "&jwt=" + unknown, nil},
		"no token":           {panelTarget, nil},
		"no token worth it":  {panelTarget + "&jwt=x", nil},
		"two tokens":         {panelTarget + "&jwt=" + expired + "&jwt=" + expired, nil},
		"another algorithm":  {panelTarget + "&jwt=" + signRS(t, pair(), kid, claims{"iss": shop}), nil},
		"two own tokens":     {"/connect/page?" + ContextField + "=" + own.Reveal() + "&" + ContextField + "=x", nil},
		"an own one, broken": {"/connect/page?" + ContextField + "=x", nil},
	} {
		if diff := cmp.Diff(test.want, w.Ancestors(httptest.NewRequest("GET", test.target, nil))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
