package jira_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

const bulk = "POST /rest/api/3/issue/bulkfetch"

func TestIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue(t, jiratest.Issue{
		Key: "SHOP-7", Summary: "Pay with <b>points</b>", Status: "In Review", StatusCategory: "indeterminate", Sprint: "Spring",
		FixVersions: []string{"2.0", "2.1"}, Assignee: "acc-dev",
	})
	want := jira.Issue{
		ID: id, Key: "SHOP-7", Project: w.project, Summary: "Pay with <b>points</b>", Status: "In Review", StatusCategory: "indeterminate",
		Sprint: "Spring", FixVersions: []string{"2.0", "2.1"}, Assignee: "acc-dev", Updated: w.clock.Now(),
	}
	got, _, _, err := w.client.Issues(t.Context(), []behavepro.IssueKey{"SHOP-7"})
	if diff := cmp.Diff([]jira.Issue{want}, got); diff != "" || err != nil {
		t.Errorf("by key (%v):\n%s", err, diff)
	}
	got, err = w.client.IssuesByID(t.Context(), []int64{id, 1, id})
	if diff := cmp.Diff([]jira.Issue{want}, got); diff != "" || err != nil {
		t.Errorf("by id (%v):\n%s", err, diff)
	}
	plain := w.issue(t, jiratest.Issue{Key: "SHOP-8"})
	if got, err = w.client.IssuesByID(t.Context(), []int64{plain}); err != nil || got[0].Sprint != "" || got[0].Assignee != "" || got[0].FixVersions != nil {
		t.Errorf("an issue with nothing set: %+v, %v", got, err)
	}
	if n := w.Count("GET /rest/api/3/field", 0); n != 1 {
		t.Errorf("the sprint's field was looked up %d times", n)
	}
}

func TestIssuesInBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var keys []behavepro.IssueKey
	var ids []int64
	for n := range 250 {
		key := fmt.Sprintf("SHOP-%d", n+1)
		ids = append(ids, w.issue(t, jiratest.Issue{Key: key}))
		keys = append(keys, behavepro.IssueKey(key))
	}
	got, moved, missing, err := w.client.Issues(t.Context(), keys)
	if err != nil || len(got) != 250 || len(moved)+len(missing) != 0 {
		t.Errorf("%d issues, %v, %v, %v", len(got), moved, missing, err)
	}
	if n := w.Count(bulk, 200); n != 3 {
		t.Errorf("%d bulk reads, want 3", n)
	}
	if !slices.IsSortedFunc(got, func(a, b jira.Issue) int { return int(a.ID - b.ID) }) {
		t.Error("not in the order of ids")
	}
	if got, err = w.client.IssuesByID(t.Context(), ids); err != nil || len(got) != 250 {
		t.Errorf("%d issues by id, %v", len(got), err)
	}
	w.Forget()
	if got, moved, missing, err = w.client.Issues(t.Context(), nil); err != nil || len(got)+len(moved)+len(missing) != 0 || len(w.Requests()) != 0 {
		t.Errorf("nothing asked: %v %v %v %v", got, moved, missing, err)
	}
}

func TestMovedAndMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ask      string
		found    string
		moved    string
		missing  string
		requests int
	}{
		"all there":                   {"SHOP-1 SHOP-2", "SHOP-1 SHOP-2", "", "", 1},
		"none there":                  {"SHOP-98 SHOP-99", "", "", "SHOP-98 SHOP-99", 1},
		"one missing":                 {"SHOP-1 SHOP-99", "SHOP-1", "", "SHOP-99", 2},
		"one moved":                   {"SHOP-3", "PAY-1", "SHOP-3→PAY-1", "", 2},
		"moved, and its new key too":  {"PAY-1 SHOP-3", "PAY-1", "SHOP-3→PAY-1", "", 2},
		"two moved and two missing":   {"SHOP-1 SHOP-3 SHOP-4 SHOP-98 SHOP-99", "PAY-1 PAY-2 SHOP-1", "SHOP-3→PAY-1 SHOP-4→PAY-2", "SHOP-98 SHOP-99", 6},
		"moved twice":                 {"SHOP-5", "SHOP-6", "SHOP-5→SHOP-6", "", 2},
		"hidden from the app":         {"SHOP-7", "", "", "SHOP-7", 1},
		"the same key twice":          {"SHOP-1 SHOP-1", "SHOP-1", "", "", 1},
		"a deleted one, its key used": {"SHOP-8", "SHOP-8", "", "", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.AddProject(jiratest.Project{Key: "PAY"})
			for n := range 5 {
				w.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1)})
			}
			for _, move := range [][2]string{{"SHOP-3", "PAY"}, {"SHOP-4", "PAY"}, {"SHOP-5", "PAY"}} {
				if _, err := w.MoveIssue(move[0], move[1]); err != nil {
					t.Fatal(err)
				}
			}
			if to, err := w.MoveIssue("PAY-3", "SHOP"); err != nil || to != "SHOP-6" {
				t.Fatal(to, err)
			}
			w.issue(t, jiratest.Issue{Key: "SHOP-7"})
			old := w.issue(t, jiratest.Issue{Key: "SHOP-8", Summary: "old"})
			err := errors.Join(w.HideFromApp("SHOP-7", true), w.DeleteIssue("SHOP-8"))
			if fresh := w.issue(t, jiratest.Issue{Key: "SHOP-8", Summary: "new"}); err != nil || fresh == old {
				t.Fatal(fresh, err)
			}
			var keys []behavepro.IssueKey
			for key := range strings.FieldsSeq(test.ask) {
				keys = append(keys, behavepro.IssueKey(key))
			}
			found, moved, missing, err := w.client.Issues(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			var gotFound, gotMoved, gotMissing []string
			for _, i := range found {
				gotFound = append(gotFound, string(i.Key))
			}
			for from, to := range moved {
				gotMoved = append(gotMoved, string(from)+"→"+string(to))
			}
			for _, k := range missing {
				gotMissing = append(gotMissing, string(k))
			}
			for what, pair := range map[string][2]any{
				"found": {test.found, gotFound}, "moved": {test.moved, gotMoved}, "missing": {test.missing, gotMissing},
			} {
				list := pair[1].([]string)
				slices.Sort(list)
				if got := strings.Join(list, " "); got != pair[0] {
					t.Errorf("%s %q, want %q", what, got, pair[0])
				}
			}
			if n := w.Count(bulk, 200); n > test.requests+1 {
				t.Errorf("%d bulk reads, want at most %d", n, test.requests+1)
			}
		})
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 230 {
		w.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1), Status: map[bool]string{true: "Done", false: "To Do"}[n%2 == 0]})
	}
	search := func(jql string, most int) (n int, err error) {
		for i, err := range w.client.Search(t.Context(), jql, nil) {
			if err != nil {
				return n, err
			}
			if i.Status == "" || i.Project != w.project {
				t.Errorf("an issue without its fields: %+v", i)
			}
			if n++; n == most {
				break
			}
		}
		return n, nil
	}
	if n, err := search("project = SHOP ORDER BY key", 0); n != 230 || err != nil {
		t.Errorf("%d issues, %v", n, err)
	}
	if n := w.Count("POST /rest/api/3/search/jql", 200); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
	if n, err := search(`project = SHOP AND status = "Done"`, 0); n != 115 || err != nil {
		t.Errorf("%d done issues, %v", n, err)
	}
	w.Forget()
	if n, err := search("project = SHOP", 7); n != 7 || err != nil || w.Count("POST /rest/api/3/search/jql", 200) != 1 {
		t.Errorf("stopped early: %d issues, %v", n, err)
	}
	if _, err := search("", 0); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("unbounded: %v", err)
	}
	w.Break(jiratest.Trouble{Route: "POST /rest/api/3/search/jql", Status: http.StatusGone})
	if _, err := search("project = SHOP", 0); !errors.Is(err, behavepro.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	for i, err := range w.client.Search(t.Context(), "key = SHOP-1", []string{"summary"}) {
		if err == nil && i.Status != "" {
			t.Errorf("fields that were not asked for: %+v", i)
		}
	}
}

func TestSetIssueProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue(t, jiratest.Issue{Key: "SHOP-1"})
	tests := map[string]struct {
		issue int64
		key   string
		value any
		kind  error
	}{
		"new":               {id, "behavepro", map[string]any{"failed": 1.0}, nil},
		"a key with a dot":  {id, "a.b/c d", 1.0, nil},
		"none":              {1, "behavepro", 1, behavepro.ErrNotFound},
		"too large":         {id, "large", strings.Repeat("x", 32_767), behavepro.ErrLimit},
		"just not":          {id, "large", strings.Repeat("é", 32_766), nil},
		"what is no JSON":   {id, "f", func() {}, behavepro.ErrInvalid},
		"a key that is not": {id, strings.Repeat("k", 256), 1, behavepro.ErrInvalid},
	}
	for name, test := range tests {
		err := w.client.SetIssueProperty(t.Context(), test.issue, test.key, test.value)
		if !errors.Is(err, test.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if test.kind == nil {
			i, err := w.Issue("SHOP-1")
			if diff := cmp.Diff(test.value, i.Properties[test.key]); diff != "" || err != nil {
				t.Errorf("%s (%v):\n%s", name, err, diff)
			}
		}
	}
}

func TestSitesWithoutSprints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue(t, jiratest.Issue{Key: "SHOP-1", Sprint: "Spring"})
	w.Break(jiratest.Trouble{Route: "GET /rest/api/3/field", Status: 200, Body: "[]", Times: 1})
	got, err := w.client.IssuesByID(t.Context(), []int64{id})
	if err != nil || got[0].Sprint != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}
