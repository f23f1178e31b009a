package server

import (
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/web"
)

// change is a route that changes a record: what it is asked, "" being as in the table of routes, and what the record then says.
type change struct {
	path, body string
	prepare    func(*walker)
	says       func(*walker) behavepro.Change
}

// changes has a row for each route by which people change a record. Those of the settings serve the local pages and Jira.
var changes = map[string]change{
	"POST /api/v1/repos":                  {body: `{"url":"{shop}","name":"by-{unique}","projects":["SHOP"]}`, says: addedLast},
	"PATCH /api/v1/repos/{repo}":          {says: repositoryChanged("walled")},
	"PUT /api/v1/repos/{repo}/credential": {says: credentialChanged("walled")},
	"POST /api/v1/repos/{repo}/hook":      {says: hookCreated("walled")},
	"PATCH /api/v1/evidence/{project}":    {says: ruleChanged},
	"POST /api/v1/tokens":                 {says: tokenCreated},
	"DELETE /api/v1/tokens/{id}":          {says: tokenRevoked},
	"POST /api/v1/trusts":                 {says: trustCreated},
	"POST /api/v1/admin-token":            {says: tokenCreated},

	"POST /settings/connect":                        {body: "url={shop}&name=by-{unique}&projects=SHOP&do=connect", says: addedLast},
	"POST /settings/repositories/{repo}/change":     {says: repositoryChanged("walled")},
	"POST /settings/repositories/{repo}/credential": {says: credentialChanged("walled")},
	"POST /settings/repositories/{repo}/hook":       {says: hookCreated("walled")},
	"POST /settings/repositories/{repo}/offers":     {says: repositoryChanged("walled")},
	"POST /settings/offers/{repo}":                  {path: "/settings/offers/{pay}", prepare: offerPay, says: repositoryChanged("pay")},
	"POST /settings/evidence/{project}":             {says: ruleChanged},
	"POST /settings/tokens":                         {says: tokenCreated},
	"POST /settings/tokens/{id}/revoke":             {says: tokenRevoked},
	"POST /settings/trusts":                         {says: trustCreated},
	"POST /settings/site":                           {says: rulesChanged},
}

// changesNothing has the other routes that write, and why no record names a person afterwards.
var changesNothing = map[string]string{
	"POST /api/v1/repos/{repo}/sync":              "asks for a job",
	"DELETE /api/v1/repos/{repo}":                 "the record is deleted",
	"POST /api/v1/runs/complete":                  "CI tells of its own run",
	"POST /api/v1/results":                        "a push names its token",
	"POST /api/v1/results/{id}/attachments":       "asks a question",
	"PUT /api/v1/results/{id}/attachments/{hash}": "part of a push",
	"DELETE /api/v1/trusts/{id}":                  "the record is deleted",
	"POST /api/v1/links":                          "the session's own changes name the token",
	"POST /api/v1/backup":                         "reads",
	"POST /api/v1/tenants/{id}/approve":           "the operator's",
	"POST /api/v1/tenants/{id}/join":              "the operator's",
	"DELETE /api/v1/tenants/{id}":                 "the record is deleted",
	"POST /hooks/git/{id}":                        "asks for a job",
	"PUT /REST/1.0/bdd/report":                    "a push names its token",
	"PUT /rest/behavepro/1.0/bdd":                 "a push names its token",
	"PUT /rest/behavepro/1.0/bdd/report":          "a push names its token",

	"POST /settings/repositories/{repo}/sync":   "asks for a job",
	"POST /settings/repositories/{repo}/remove": "the record is deleted",
	"POST /settings/trusts/{id}/end":            "the record is deleted",

	"POST /connect/installed":       "Jira names no person",
	"POST /connect/uninstalled":     "Jira names no person",
	"POST /connect/enabled":         "Jira names no person",
	"POST /connect/disabled":        "Jira names no person",
	"POST /connect/webhooks":        "asks for a job",
	"POST /connect/tokens/{module}": "reads",
}

// unreachable are changes that a module of Jira, or the local pages, refuse; TestDoors has the status.
func unreachable(r *web.Route, is row, c change) bool {
	if strings.Contains(c.body, "{shop}") {
		return is.inside == http.StatusForbidden
	}
	return is.inside >= 400 && c.path == "" && c.body == "" || r.Auth == web.Session && c.prepare != nil
}

// TestChangesNameTheirAuthor makes each change that a person can make, through each entry point, and reads who made it from the
// record. A route that writes and has no row fails.
func TestChangesNameTheirAuthor(t *testing.T) {
	t.Parallel()
	w := newWalker(t)
	w.rows = maps.Clone(walk)
	maps.Copy(w.rows, jiraWalk())
	session, opener := w.openedSession()
	w.served = gittest.Serve(t, filepath.Join(w.repos, "shop"), gittest.Partial)
	seen := map[string]bool{}
	for _, r := range w.app.newHandler(w.endpoint, nil, nil).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method == http.MethodGet {
			continue
		}
		module := connect.Module("")
		if rest, ok := strings.CutPrefix(path, "/connect/frames/"); ok {
			name, page, _ := strings.Cut(rest, "/")
			module, path = connect.Module(name), "/"+page
		}
		pattern := method + " " + path
		c, ok := changes[pattern]
		if _, none := changesNothing[pattern]; ok == none {
			t.Errorf("route %s needs a row in one of the two tables", r.Pattern)
		}
		seen[pattern] = true
		if !ok || unreachable(&r, w.rows[r.Pattern], c) {
			continue
		}
		want := behavepro.Change{Through: behavepro.EntryAPI}
		var as func(*http.Request)
		switch r.Auth {
		case web.Token:
			secret := w.token(behavepro.Local, time.Time{}, "", access.Admin)
			want.Token, as = strings.Split(secret.Reveal(), "_")[1], bearer(secret)
		case web.Session:
			want.Through, want.Token, as = behavepro.EntryPages, opener, session
		default:
			who := visitors[module].in
			want.Through, want.Person = behavepro.EntryJira, behavepro.AccountID(who.Account)
			// Jira is not for paths of the server's machine.
			as = w.filled(w.jira, who, module, w.fill(strings.Replace(c.body, "{shop}", w.served, 1), w.rows[r.Pattern].body))
		}
		w.checkChange(&r, c, as, want)
	}
	for pattern := range changes {
		if !seen[pattern] {
			t.Errorf("row %s has no route", pattern)
		}
	}
	w.checkForgotten("acc-admin", "acc-dev")
}

// fill is what a route is asked: the first text that is not "".
func (w *walker) fill(texts ...string) string {
	w.t.Helper()
	names := strings.NewReplacer("{shop}", filepath.Join(w.repos, "shop"), "{pay}", string(w.repositoryNamed("pay").ID), "{unique}", rand.Text())
	for _, text := range texts {
		if text != "" {
			return w.names.Replace(names.Replace(text))
		}
	}
	return ""
}

func (w *walker) checkChange(r *web.Route, c change, as func(*http.Request), want behavepro.Change) {
	w.t.Helper()
	if c.prepare != nil {
		c.prepare(w)
	}
	is := w.rows[r.Pattern]
	path := is.path
	if c.path != "" {
		path = is.path[:strings.LastIndex(is.path, "/settings/")] + c.path
	}
	method, _, _ := strings.Cut(r.Pattern, " ")
	media := "application/x-www-form-urlencoded"
	if r.Auth == web.Token {
		media = "application/json"
	}
	began := time.Now()
	got := w.ask(method, w.fill(path), w.fill(c.body, is.body), func(req *http.Request) {
		req.Header.Set("Content-Type", media)
		as(req)
	})
	if got.status >= 400 {
		w.t.Errorf("%s: status %d: %.300s", r.Pattern, got.status, got.body)
		return
	}
	says := c.says(w)
	if says.At.Before(began) || says.At.After(time.Now()) {
		w.t.Errorf("%s: changed at %v, not between %v and now", r.Pattern, says.At, began)
	}
	says.At = time.Time{}
	if says != want {
		w.t.Errorf("%s: the record says %+v, want %+v", r.Pattern, says, want)
	}
}

// openedSession is a session opened by a link that a token asked for, and the ID of that token.
func (w *walker) openedSession() (session func(*http.Request), token string) {
	w.t.Helper()
	secret := w.token(behavepro.Local, time.Time{}, "", access.Admin)
	link, err := w.client(secret).Link(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	_, ticket, _ := strings.Cut(link.URL, "ticket=")
	got := w.ask(http.MethodGet, pathOpen+"?ticket="+ticket, "", nil)
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	return header("Cookie", cookie), strings.Split(secret.Reveal(), "_")[1]
}

// checkForgotten checks that the job that reports people to Jira names those who changed something, and forgets them once their
// accounts are closed. What else a change says stays.
func (w *walker) checkForgotten(people ...string) {
	w.t.Helper()
	w.noError(w.app.stopJobs(w.t.Context(), behavepro.Local)) // the same job, asked for by the install, would be in the way
	site, err := w.app.approvedSite(w.t.Context(), behavepro.Local)
	w.noError(err)
	for i := range people {
		accounts, err := w.app.withChanges(w.t.Context(), behavepro.Local, []jira.Account{{ID: "acc-reader", Updated: time.Now()}})
		w.noError(err)
		var ids []string
		for _, a := range accounts {
			ids = append(ids, a.ID)
		}
		if want := append(slices.Clone(people[i:]), "acc-reader"); !slices.Equal(ids, want) {
			w.t.Errorf("reported: %v, want %v", ids, want)
		}
		w.jira.CloseAccount(people[i], "closed")
		w.noError(w.app.reportPeople(w.t.Context(), jobs.Job{Request: jobs.Request{Tenant: behavepro.Local}}, site))
	}
	w.noError(w.app.editChanges(w.t.Context(), behavepro.Local, func(c *behavepro.Change) bool {
		if c.Person != "" {
			w.t.Errorf("a change still names a person: %+v", *c)
		}
		return false
	}))
	if c := rulesChanged(w); c.At.IsZero() || c.Through != behavepro.EntryJira {
		w.t.Errorf("a change lost more than its person: %+v", c)
	}
}

func (w *walker) local() *catalog.Catalog {
	w.t.Helper()
	c, err := w.app.tenants.catalog(w.t.Context(), behavepro.Local)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *walker) repositoryNamed(name string) *catalog.Repository {
	w.t.Helper()
	all, err := w.local().Repositories(w.t.Context())
	at := slices.IndexFunc(all, func(r *catalog.Repository) bool { return r.Name == name })
	if err != nil || at < 0 {
		w.t.Fatalf("repository %s: %v", name, err)
	}
	return all[at]
}

// offerPay offers PAY's repository to SHOP.
func offerPay(w *walker) {
	r := w.repositoryNamed("pay")
	r.Offered, r.Guests = []behavepro.ProjectKey{"SHOP"}, nil
	if err := w.local().PutRepository(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

// addedLast is who connected the newest repository; its credential and webhook say the same.
func addedLast(w *walker) behavepro.Change {
	all, err := w.local().Repositories(w.t.Context())
	w.noError(err)
	r := slices.MaxFunc(all, func(a, b *catalog.Repository) int { return a.Added.Compare(b.Added) })
	cred, err := w.local().Credential(w.t.Context(), r.ID)
	hook, hookErr := w.app.registry.HookOf(w.t.Context(), behavepro.Local, r.ID)
	if err := errors.Join(err, hookErr); err != nil || cred.ChangedBy != r.AddedBy || hook.CreatedBy != r.AddedBy {
		w.t.Errorf("%s: connected by %+v, credential by %+v, webhook by %+v, %v", r.Name, r.AddedBy, cred.ChangedBy, hook.CreatedBy, err)
	}
	return r.AddedBy
}

func repositoryChanged(name string) func(*walker) behavepro.Change {
	return func(w *walker) behavepro.Change { return w.repositoryNamed(name).ChangedBy }
}

func credentialChanged(name string) func(*walker) behavepro.Change {
	return func(w *walker) behavepro.Change {
		cred, err := w.local().Credential(w.t.Context(), w.repositoryNamed(name).ID)
		w.noError(err)
		return cred.ChangedBy
	}
}

func hookCreated(name string) func(*walker) behavepro.Change {
	return func(w *walker) behavepro.Change {
		hook, err := w.app.registry.HookOf(w.t.Context(), behavepro.Local, w.repositoryNamed(name).ID)
		w.noError(err)
		return hook.CreatedBy
	}
}

func ruleChanged(w *walker) behavepro.Change {
	rule, err := w.local().EvidenceRule(w.t.Context(), "SHOP")
	w.noError(err)
	return rule.ChangedBy
}

func rulesChanged(w *walker) behavepro.Change {
	rules, err := w.app.siteRules(w.t.Context(), behavepro.Local)
	w.noError(err)
	is, err := rules.Rules(w.t.Context())
	w.noError(err)
	return is.ChangedBy
}

func tokenCreated(w *walker) behavepro.Change {
	tokens, err := w.app.registry.List(w.t.Context(), behavepro.Local) // the newest first
	w.noError(err)
	return tokens[0].CreatedBy
}

func tokenRevoked(w *walker) behavepro.Change {
	tokens, err := w.app.registry.List(w.t.Context(), behavepro.Local)
	w.noError(err)
	return slices.MaxFunc(tokens, func(a, b access.Token) int { return a.Revoked.Compare(b.Revoked) }).RevokedBy
}

func trustCreated(w *walker) behavepro.Change {
	trusts, err := w.app.registry.Trusts(w.t.Context(), behavepro.Local) // the newest first
	w.noError(err)
	return trusts[0].CreatedBy
}

func (w *walker) noError(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
