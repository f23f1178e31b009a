package jira_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

// Everything else is tested without a network; this is that the same holds over one.
func TestOverTheNetwork(t *testing.T) {
	t.Parallel()
	stub := &jiratest.Stub{Key: "stub-app", BaseURL: "https://app.example.com"}
	j := jiratest.Start(t, jiratest.Options{App: jiratest.Serve(stub)})
	j.MustInstall(t, stub.BaseURL)
	j.AddProject(jiratest.Project{Key: "SHOP"})
	id, _, err := j.AddIssue(jiratest.Issue{Key: "SHOP-1"})
	if err != nil {
		t.Fatal(err)
	}
	network := &http.Transport{}
	t.Cleanup(network.CloseIdleConnections)
	clock := newClock()
	client := jira.New(jira.Site{BaseURL: j.BaseURL(), HTTP: j.AppTransport(network)}, jira.Options{Sleep: clock.Sleep})
	if p, err := client.Project(t.Context(), "SHOP"); err != nil || p.Key != "SHOP" {
		t.Errorf("read: %v, %v", p, err)
	}
	j.Break(jiratest.Trouble{Status: http.StatusBadGateway, Times: 2})
	if err := client.SetIssueProperty(t.Context(), id, "p", strings.Repeat("x", 10_000)); err != nil {
		t.Errorf("write, at the third try: %v", err)
	}
	if g, err := client.Permissions(t.Context(), jira.Question{Permissions: []jira.Permission{jira.BrowseProjects}, Issues: []int64{id}}); err != nil || g.Issues[jira.BrowseProjects][id] {
		t.Errorf("somebody who is not signed in: %v, %v", g, err)
	}
	j.Break(jiratest.Trouble{Down: true})
	if _, err := client.Project(t.Context(), "SHOP"); !errors.Is(err, behavepro.ErrUnavailable) {
		t.Errorf("a connection that breaks: %v", err)
	}
}
