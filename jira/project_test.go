package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 120 {
		w.AddProject(jiratest.Project{Key: fmt.Sprintf("P%d", n), TeamManaged: n%2 == 0})
	}
	n := 0
	for p, err := range w.client.Projects(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if diff := cmp.Diff(jira.Project{ID: w.project, Key: "SHOP", Name: "Shop", Lead: "acc-dev"}, p); diff != "" {
				t.Error(diff)
			}
		}
		n++
	}
	if pages := w.Count("GET /rest/api/3/project/search", 200); n != 121 || pages != 3 {
		t.Errorf("%d projects in %d pages, want 121 in 3", n, pages)
	}
	for range w.client.Projects(t.Context()) {
		break
	}
	if pages := w.Count("GET /rest/api/3/project/search", 200); pages != 4 {
		t.Errorf("who stops early reads %d pages, want 1", pages-3)
	}
	w.Break(jiratest.Trouble{Route: "GET /rest/api/3/project/search", Status: 403})
	for _, err := range w.client.Projects(t.Context()) {
		if !errors.Is(err, behavepro.ErrForbidden) {
			t.Errorf("refused: %v", err)
		}
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := jira.Project{ID: w.project, Key: "SHOP", Name: "Shop", Lead: "acc-dev"}
	for _, name := range []string{"SHOP", fmt.Sprint(w.project)} {
		got, err := w.client.Project(t.Context(), name)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (%v):\n%s", name, err, diff)
		}
	}
	for _, name := range []string{"NONE", "../../serverInfo", "a/b", "?", "SHOP?expand=x"} {
		if _, err := w.client.Project(t.Context(), name); !errors.Is(err, behavepro.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if n := w.Count("GET /rest/api/3/serverInfo", 0); n != 0 {
		t.Error("a name left its place in the path")
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var accounts []string
	for n := range 130 {
		w.AddUser(jiratest.User{Account: fmt.Sprintf("acc-%d", n), Name: fmt.Sprintf("Team %d", n)})
		accounts = append(accounts, fmt.Sprintf("acc-%d", n))
	}
	got, err := w.client.Users(t.Context(), append(accounts, "acc-none", "", "acc-dev", "acc-dev"))
	if err != nil || len(got) != 131 || got["acc-77"] != "Team 77" || got["acc-dev"] != "Developer" {
		t.Errorf("%d names, %v", len(got), err)
	}
	if n := w.Count("GET /rest/api/3/user/bulk", 200); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	if got, err = w.client.Users(t.Context(), []string{""}); err != nil || len(got) != 0 || w.Count("GET /rest/api/3/user/bulk", 0) != 3 {
		t.Errorf("nobody: %v, %v", got, err)
	}
}

func TestReportAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var accounts []jira.Account
	for n := range 200 {
		accounts = append(accounts, jira.Account{ID: fmt.Sprintf("acc-%d", n), Updated: w.clock.Now()})
	}
	week := 7 * 24 * time.Hour
	got, err := w.client.ReportAccounts(t.Context(), accounts)
	if diff := cmp.Diff(jira.Reported{Cycle: week}, got); diff != "" || err != nil {
		t.Errorf("nothing to say (%v):\n%s", err, diff)
	}
	if n := w.Count("POST /rest/atlassian-connect/latest/report-accounts", http.StatusNoContent); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
	w.CloseAccount("acc-3", "closed")
	w.CloseAccount("acc-150", "updated")
	got, err = w.client.ReportAccounts(t.Context(), accounts)
	if diff := cmp.Diff(jira.Reported{Closed: []string{"acc-3"}, Changed: []string{"acc-150"}, Cycle: week}, got); diff != "" || err != nil {
		t.Errorf("two to look at (%v):\n%s", err, diff)
	}
	w.Break(jiratest.Trouble{Status: 200, Body: `{"accounts":[]}`, Header: http.Header{"Cycle-Period": {"3"}}})
	if got, err = w.client.ReportAccounts(t.Context(), accounts[:1]); err != nil || got.Cycle != 3*24*time.Hour {
		t.Errorf("another cycle: %v, %v", got, err)
	}
}
