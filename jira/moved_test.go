package jira_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
)

func TestMovedIssueIsFollowed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, _ := d.shop(t)
	d.AddProject(jiratest.Project{Key: "PAY"})
	d.changed(t, h)
	d.publish(t)
	to, err := d.MoveIssue("SHOP-1", "PAY")
	if err != nil {
		t.Fatal(err)
	}
	repair := func() {
		t.Helper()
		if _, err := d.publisher().Repair(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	repair()
	d.expect(t, "PAY has not accepted the repository", map[string]string{to: "none 0 = 0+0+0+0 stale 0"})
	h.Repo.Projects = []behavepro.ProjectKey{"SHOP", "PAY"}
	if err := d.catalog.PutRepository(t.Context(), h.Repo); err != nil {
		t.Fatal(err)
	}
	repair()
	d.expect(t, "it has", map[string]string{to: "notRun 2 = 0+0+0+2 stale 0"})
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1", behavepro.IssueKey(to))
	if err != nil || byKey["SHOP-1"].ID == 0 || byKey["SHOP-1"].ID != byKey[behavepro.IssueKey(to)].ID {
		t.Errorf("both keys lead to it: %v, %v", byKey, err)
	}
	keys, err := d.known().Keys(t.Context(), byKey["SHOP-1"].ID)
	if diff := cmp.Diff([]behavepro.IssueKey{behavepro.IssueKey(to), "SHOP-1"}, keys); diff != "" || err != nil {
		t.Errorf("its keys (%v):\n%s", err, diff)
	}
	// A scenario that names it by both keys counts once.
	both := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1 @"+to, "card", "a card"))})
	h.Branch("main", map[string]behavepro.SHA{"main": both})
	d.changed(t, h)
	d.publish(t)
	d.expect(t, "named twice", map[string]string{to: "notRun 1 = 0+0+0+1 stale 0"})
}

func TestReusedKeyInheritsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	report(t, h, commit, "r", d.clock.Now(), map[string]behavepro.Status{"card": "failed"})
	d.changed(t, h)
	d.publish(t)
	old, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteIssue("SHOP-1"); err != nil {
		t.Fatal(err)
	}
	fresh := d.issue(t, jiratest.Issue{Key: "SHOP-1", Summary: "Another story"})
	due, err := d.publisher().Hinted(t.Context(), jira.Hint{ID: fresh, Key: "SHOP-1"})
	if err != nil || due.IsZero() {
		t.Fatal(due, err)
	}
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil || byKey["SHOP-1"].ID != fresh || byKey["SHOP-1"].Summary != "Another story" {
		t.Errorf("the key leads to %+v, %v", byKey, err)
	}
	byID, err := d.known().ByID(t.Context(), old["SHOP-1"].ID)
	if err != nil || len(byID) != 0 {
		t.Errorf("the old issue is still there: %v, %v", byID, err)
	}
	if keys, err := d.known().Keys(t.Context(), old["SHOP-1"].ID); err != nil || len(keys) != 0 {
		t.Errorf("the old issue has keys: %v, %v", keys, err)
	}
	d.publish(t)
	d.expect(t, "the new issue", map[string]string{"SHOP-1": "failed 2 = 0+1+0+1 stale 0"})
}

func TestDeletedIssue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h, commit := d.shop(t)
	d.changed(t, h)
	d.publish(t)
	if err := d.DeleteIssue("SHOP-1"); err != nil {
		t.Fatal(err)
	}
	report(t, h, commit, "r", d.clock.Now(), map[string]behavepro.Status{"card": "failed", "tiers/gold": "passed"})
	d.changed(t, h)
	if got := d.publish(t); got.Refused != nil {
		t.Errorf("published %+v", got)
	}
	byKey, err := d.known().ByKey(t.Context(), "SHOP-1")
	if err != nil || len(byKey) != 0 {
		t.Errorf("it is still known: %v, %v", byKey, err)
	}
	d.changed(t, h)
	d.publish(t)
	missing, err := d.known().Missing(t.Context())
	if diff := cmp.Diff([]behavepro.IssueKey{"SHOP-1"}, missing); diff != "" || err != nil {
		t.Errorf("missing (%v):\n%s", err, diff)
	}
	d.Forget()
	d.changed(t, h)
	if d.publish(t); len(d.Requests()) != 0 {
		t.Errorf("asked for again at once: %v", d.Requests())
	}
	d.issue(t, jiratest.Issue{Key: "SHOP-1"})
	d.clock.pass(time.Hour)
	d.changed(t, h)
	d.publish(t)
	if missing, err = d.known().Missing(t.Context()); err != nil || len(missing) != 0 {
		t.Errorf("still missing: %v, %v", missing, err)
	}
	d.expect(t, "when there is one again", map[string]string{"SHOP-1": "failed 2 = 0+1+0+1 stale 0"})
}
