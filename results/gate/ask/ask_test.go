package ask_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/results/gate"
	"github.com/behavepro/behavepro/results/gate/ask"
)

const cart = `@shop
Feature: Cart
  @SHOP-1
  Scenario: Add
    Given a thing

  @slow
  Scenario Outline: Many
    Given <n> things
    @SHOP-2
    Examples:
      | n |
      | 1 |
    Examples:
      | n |
      | 2 |
`

// TestAsk: which scenarios of which commits a question is about. None has a result, so each is a reason.
func TestGate(t *testing.T) {
	t.Parallel()
	c := catalogtest.Open(t)
	shop, pay := catalogtest.New(t, c, "shop", "SHOP"), catalogtest.New(t, c, "pay", "PAY")
	first := shop.Commit(map[string]string{"features/cart.feature": cart})
	second := shop.Commit(map[string]string{"features/cart.feature": cart, "more/other.feature": "Feature: Other\n  Scenario: Look\n    Given a window\n"}, first)
	shop.Branch("main", map[string]behavepro.SHA{"main": first, "next": second})
	pay.Branch("main", map[string]behavepro.SHA{"main": pay.Commit(map[string]string{"p.feature": "Feature: P\n  @SHOP-1\n  Scenario: Pay\n    Given x\n"})})
	for _, h := range []*catalogtest.History{shop, pay} {
		if err := c.PutSyncState(t.Context(), h.Repo.ID, catalog.SyncState{Phase: "done"}); err != nil {
			t.Fatal(err)
		}
	}
	both := []*catalog.Repository{pay.Repo, shop.Repo}
	keys := func(all ...behavepro.IssueKey) []behavepro.IssueKey { return all }
	now := time.Unix(1_700_100_000, 0)
	for name, c2 := range map[string]struct {
		repos []*catalog.Repository
		q     ask.Question
		at    []string // repository and ref
		want  []string // rule and what it is about
	}{
		"an issue":                      {both, ask.Question{Issues: keys("SHOP-1")}, []string{"pay main", "shop main"}, []string{"not-run Pay", "not-run Add"}},
		"some rows":                     {both, ask.Question{Issues: keys("SHOP-2")}, []string{"shop main"}, []string{"not-run Many 13"}},
		"two issues":                    {both[1:], ask.Question{Issues: keys("SHOP-2", "SHOP-9")}, []string{"shop main"}, []string{"not-run Many 13", "nothing SHOP-9"}},
		"a branch that one lacks":       {both, ask.Question{Issues: keys("SHOP-1"), Ref: "next"}, []string{"pay main", "shop next"}, []string{"not-run Pay", "not-run Add"}},
		"a commit":                      {both, ask.Question{Commit: first.String()}, []string{"shop "}, []string{"not-run Add", "not-run Many 13", "not-run Many 16"}},
		"a tag":                         {both, ask.Question{Commit: second.String(), Tags: []string{"slow"}}, []string{"shop "}, []string{"not-run Many 13", "not-run Many 16"}},
		"a path":                        {both, ask.Question{Commit: second.String(), Paths: []string{"./more/"}}, []string{"shop "}, []string{"not-run Look"}},
		"a path that is only begun":     {both[1:], ask.Question{Commit: "next", Paths: []string{"mor"}}, []string{"shop next"}, []string{"nothing "}},
		"a commit that none shows":      {both, ask.Question{Commit: "00112233445566778899aabbccddeeff00112233"}, nil, []string{"syncing ", "nothing "}},
		"an empty one, that is allowed": {both, ask.Question{Issues: keys("SHOP-9"), Options: gate.Options{AllowEmpty: true}}, nil, nil},
	} {
		answer, err := ask.Gate(t.Context(), c, c2.repos, c2.q, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var at, got []string
		for _, a := range answer.At {
			at = append(at, a.Repository.Name+" "+a.Ref)
		}
		for _, r := range answer.Reasons {
			about := r.Group
			if r.Scenario != nil {
				about = r.Scenario.Name
			}
			if r.Row > 0 {
				about += fmt.Sprint(" ", r.Row)
			}
			got = append(got, string(r.Rule)+" "+about)
		}
		if diff := cmp.Diff(c2.at, at); diff != "" {
			t.Errorf("%s: looked at -want +got\n%s", name, diff)
		}
		if diff := cmp.Diff(c2.want, got); diff != "" {
			t.Errorf("%s: reasons -want +got\n%s", name, diff)
		}
	}
	var unknown *ask.UnknownCommitError
	if _, err := ask.Gate(t.Context(), c, both, ask.Question{Commit: "nowhere"}, now); !errors.As(err, &unknown) || unknown.Commit != "nowhere" || !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("a commit that is not known: %v", err)
	}
	if _, err := ask.Gate(t.Context(), c, both, ask.Question{Commit: "main"}, now); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("a branch of two repositories: %v", err)
	}
}
