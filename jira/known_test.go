package jira_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestKnown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	catalogtest.New(t, d.catalog, "shop", "SHOP")
	other := d.AddProject(jiratest.Project{Key: "SEC"})
	ids := map[string]int64{}
	for _, i := range []jiratest.Issue{
		{Key: "SHOP-1", Summary: "One", Sprint: "Spring", FixVersions: []string{"1.0"}, Assignee: "acc-dev"}, {Key: "SHOP-2", Assignee: "acc-reader"}, {Key: "SEC-1"},
	} {
		ids[i.Key] = d.issue(t, i)
	}
	k := d.known()
	if err := k.Learn(t.Context(), "SHOP-1", "SHOP-2", "SEC-1", "SHOP-9"); err != nil {
		t.Fatal(err)
	}
	want, err := d.client.IssuesByID(t.Context(), []int64{ids["SHOP-1"]})
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.ByKey(t.Context(), "SHOP-1", "SEC-1", "SHOP-9")
	if diff := cmp.Diff(map[behavepro.IssueKey]jira.Issue{"SHOP-1": want[0]}, got); diff != "" || err != nil {
		t.Errorf("by key (%v):\n%s", err, diff)
	}
	byID, err := k.ByID(t.Context(), ids["SHOP-1"], ids["SEC-1"], 1)
	if diff := cmp.Diff(map[int64]jira.Issue{ids["SHOP-1"]: want[0]}, byID); diff != "" || err != nil {
		t.Errorf("by id (%v):\n%s", err, diff)
	}
	list := func(project int64) (keys []behavepro.IssueKey) {
		for i, err := range k.OfProject(t.Context(), project) {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, i.Key)
		}
		return keys
	}
	if diff := cmp.Diff([]behavepro.IssueKey{"SHOP-1", "SHOP-2"}, list(d.project)); diff != "" {
		t.Errorf("of the project:\n%s", diff)
	}
	if diff := cmp.Diff([]behavepro.IssueKey{"SHOP-1", "SHOP-2"}, list(0)); diff != "" || len(list(other)) != 0 {
		t.Errorf("of all projects:\n%s", diff)
	}
	d.Forget()
	if err := k.Learn(t.Context(), "SHOP-1", "SHOP-2", "SEC-1", "SHOP-9"); err != nil || len(d.Requests()) != 0 {
		t.Errorf("what is known was asked for again: %v, %v", d.Requests(), err)
	}
	if err := d.EditIssue("SHOP-1", func(i *jiratest.Issue) { i.Summary, i.Sprint = "Changed", "" }); err != nil {
		t.Fatal(err)
	}
	if err := k.Refresh(t.Context(), []int64{ids["SHOP-1"], ids["SEC-1"]}); err != nil {
		t.Fatal(err)
	}
	if got, err = k.ByKey(t.Context(), "shop-1"); err != nil || got["shop-1"].Summary != "Changed" || got["shop-1"].Sprint != "" {
		t.Errorf("refreshed: %+v, %v", got, err)
	}
	if len(list(other)) != 0 {
		t.Error("an issue of a project that nobody connected was kept")
	}
}

func TestManyKeysAreFoundAsFewAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	catalogtest.New(t, d.catalog, "shop", "SHOP", "PAY")
	d.AddProject(jiratest.Project{Key: "PAY"})
	var keys []behavepro.IssueKey
	for n := range 150 {
		key := fmt.Sprintf("SHOP-%d", n+1)
		d.issue(t, jiratest.Issue{Key: key})
		keys = append(keys, behavepro.IssueKey(key))
	}
	for _, key := range []string{"SHOP-3", "SHOP-77"} {
		if _, err := d.MoveIssue(key, "PAY"); err != nil {
			t.Fatal(err)
		}
	}
	k := d.known()
	if err := k.Learn(t.Context(), append(keys, "SHOP-999")...); err != nil {
		t.Fatal(err)
	}
	many, err := k.ByKey(t.Context(), append(keys, "PAY-1", "SHOP-999")...)
	if err != nil || len(many) != 151 {
		t.Errorf("%d found, %v", len(many), err)
	}
	for _, key := range append(keys, "PAY-1") {
		one, err := k.ByKey(t.Context(), key)
		if diff := cmp.Diff(one[key], many[key]); diff != "" || err != nil {
			t.Errorf("%s (%v):\n%s", key, err, diff)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	catalogtest.New(t, d.catalog, "shop", "SHOP")
	for n, who := range []string{"acc-dev", "acc-reader", "acc-dev", ""} {
		d.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1), Assignee: who})
	}
	k := d.known()
	first := d.clock.Now()
	if err := k.Learn(t.Context(), "SHOP-1", "SHOP-2"); err != nil {
		t.Fatal(err)
	}
	d.clock.pass(time.Hour)
	if err := k.Learn(t.Context(), "SHOP-3", "SHOP-4"); err != nil {
		t.Fatal(err)
	}
	got, err := k.Accounts(t.Context())
	if diff := cmp.Diff([]jira.Account{{ID: "acc-dev", Updated: first}, {ID: "acc-reader", Updated: first}}, got); diff != "" || err != nil {
		t.Errorf("accounts (%v):\n%s", err, diff)
	}
	if err := k.ForgetAccount(t.Context(), "acc-dev"); err != nil {
		t.Fatal(err)
	}
	if got, err = k.Accounts(t.Context()); err != nil || len(got) != 1 || got[0].ID != "acc-reader" {
		t.Errorf("after one was closed: %v, %v", got, err)
	}
}

// Issues are kept for 30 days after Jira shows them no more, and not at all once nobody is connected to their project.
func TestKnownIsSwept(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.changed(t, h)
	d.publish(t)
	id := int64(0)
	if got, err := d.known().ByKey(t.Context(), "SHOP-1"); err != nil {
		t.Fatal(err)
	} else {
		id = got["SHOP-1"].ID
	}
	if err := d.HideFromApp("SHOP-1", true); err != nil {
		t.Fatal(err)
	}
	repair := func() {
		t.Helper()
		if _, err := d.publisher().Repair(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stored := func() int64 {
		t.Helper()
		stat, err := d.scope.Stat(t.Context(), jira.Kinds()[0])
		if err != nil {
			t.Fatal(err)
		}
		return int64(stat.Records)
	}
	repair()
	if got, err := d.known().ByID(t.Context(), id); err != nil || len(got) != 0 || stored() != 3 {
		t.Errorf("hidden: %v, %d stored, %v", got, stored(), err)
	}
	if err := d.HideFromApp("SHOP-1", false); err != nil {
		t.Fatal(err)
	}
	repair()
	if got, err := d.known().ByID(t.Context(), id); err != nil || len(got) != 1 {
		t.Errorf("shown again: %v, %v", got, err)
	}
	if err := d.DeleteIssue("SHOP-1"); err != nil {
		t.Fatal(err)
	}
	repair()
	d.clock.pass(29 * 24 * time.Hour)
	if repair(); stored() != 3 {
		t.Errorf("%d stored after 29 days, want 3", stored())
	}
	d.clock.pass(2 * 24 * time.Hour)
	if repair(); stored() != 2 {
		t.Errorf("%d stored after 31 days, want 2", stored())
	}
	h.Repo.Projects = []behavepro.ProjectKey{"PAY"}
	if err := d.catalog.PutRepository(t.Context(), h.Repo); err != nil {
		t.Fatal(err)
	}
	if repair(); stored() != 0 {
		t.Errorf("%d stored of a project that nobody is connected to", stored())
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.AddProject(jiratest.Project{Key: "SEC"})
	late := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1", "card", "a card"), scenario("@SHOP-5", "gift", "a gift"))})
	h.Branch("main", map[string]behavepro.SHA{"main": late})
	d.changed(t, h)
	d.publish(t)
	p := d.publisher()
	unlinked, err := d.Issue("SHOP-4")
	if err != nil {
		t.Fatal(err)
	}
	secret := d.issue(t, jiratest.Issue{Key: "SEC-1"})
	d.Forget()
	due, err := p.Hinted(t.Context(), jira.Hint{ID: unlinked.ID, Key: "SHOP-4"}, jira.Hint{ID: secret, Key: "SEC-1"}, jira.Hint{}, jira.Hint{Key: "\x00"}, jira.Hint{ID: -1, Key: "../SHOP-1"})
	if err != nil || !due.IsZero() || len(d.Requests()) != 0 {
		t.Errorf("nobody links to it: %v, %v, %v", due, d.Requests(), err)
	}
	due, err = p.Hinted(t.Context(), jira.Hint{ID: unlinked.ID, Key: "SHOP-5"}, jira.Hint{ID: secret, Key: "SHOP-5"})
	if known, _ := d.known().ByID(t.Context(), unlinked.ID, secret); err != nil || !due.IsZero() || len(known) != 0 {
		t.Errorf("a hint that lies: %v, %v, %v", due, known, err)
	}
	id := d.issue(t, jiratest.Issue{Key: "SHOP-5", Summary: "Gifts"})
	if due, err = p.Hinted(t.Context(), jira.Hint{ID: id, Key: "SHOP-5"}); err != nil || due.IsZero() {
		t.Errorf("a missing one appears: %v, %v", due, err)
	}
	d.publish(t)
	d.expect(t, "it is written", map[string]string{"SHOP-5": "notRun 1 = 0+0+0+1 stale 0"})
	if err := d.EditIssue("SHOP-5", func(i *jiratest.Issue) { i.Summary = "Presents" }); err != nil {
		t.Fatal(err)
	}
	if _, err = p.Hinted(t.Context(), jira.Hint{ID: id, Key: "SHOP-5"}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.known().ByID(t.Context(), id); err != nil || got[id].Summary != "Presents" {
		t.Errorf("after it was edited: %+v, %v", got, err)
	}
	to, err := d.MoveIssue("SHOP-5", "SEC")
	if err != nil {
		t.Fatal(err)
	}
	if due, err = p.Hinted(t.Context(), jira.Hint{ID: id, Key: "SHOP-5"}); err != nil || due.IsZero() {
		t.Errorf("moved to where nobody looks: %v, %v", due, err)
	}
	d.publish(t)
	d.expect(t, "its property is taken back", map[string]string{to: "none 0 = 0+0+0+0 stale 0"})
	d.Break(jiratest.Trouble{Down: true})
	if _, err = p.Hinted(t.Context(), jira.Hint{ID: id, Key: "SHOP-5"}); !errors.Is(err, behavepro.ErrUnavailable) {
		t.Errorf("while Jira is down: %v", err)
	}
}
