package jira_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
)

// FuzzAnswers gives anything as an answer: it is read or refused, and grants nothing that was not asked for.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"issues":[{"id":"10","key":"SHOP-1","fields":{"summary":"s","status":{"name":"Done","statusCategory":{"key":"done"}},"project":{"id":"1"},` +
			`"fixVersions":[{"name":"1"}],"assignee":{"accountId":"a"},"updated":"2026-03-02T09:00:00.000+0000","c":[{"name":"x","state":"active"}]}}],"nextPageToken":"t"}`,
		`{"issues":[{"id":"x"}]}`, `{"issues":[{"id":"1","fields":{"summary":1}}]}`, `{"values":[{"id":"1"}],"isLast":true}`, `[]`, `null`, ``, `{"values":null}`,
		`[{"id":"c","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}}]`,
		`{"globalPermissions":["ADMINISTER"],"projectPermissions":[{"permission":"BROWSE_PROJECTS","issues":[1,2],"projects":[3]}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		asked := 0
		clock := newClock()
		c := jira.New(jira.Site{BaseURL: "https://shop.example.com", HTTP: trip(func(r *http.Request) (*http.Response, error) {
			if asked++; asked > 100 { // a search that never ends is ended by the caller
				return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})}, jira.Options{Now: clock.Now, Sleep: clock.Sleep})
		ctx := t.Context()
		_, _, _, _ = c.Issues(ctx, []behavepro.IssueKey{"SHOP-1", "SHOP-2", "SHOP-3"})
		for range c.Search(ctx, "x", nil) {
		}
		for range c.Projects(ctx) {
		}
		_, _ = c.Users(ctx, []string{"a"})
		_, _ = c.ReportAccounts(ctx, []jira.Account{{ID: "a"}})
		asked = 0
		g, err := c.Permissions(ctx, jira.Question{Account: "a", Permissions: []jira.Permission{jira.BrowseProjects}, Issues: []int64{1}})
		for permission, ids := range g.Issues {
			if err != nil || permission != jira.BrowseProjects || len(ids) != 1 || !ids[1] {
				t.Errorf("granted %v, %v", g, err)
			}
		}
		if len(g.Global) > 0 || len(g.Projects) > 0 {
			t.Errorf("granted %v, which was not asked for", g)
		}
	})
}
