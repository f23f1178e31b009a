package catalog_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
)

func TestQuarantineCountsNowhereUntilItEnds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	last := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	outline := "  @SHOP-1\n  Scenario Outline: tiers\n    Given <tier>\n\n    Examples:\n      | tier |\n      | gold |\n\n" +
		"    @quarantine(until=2027-01-31)\n    Examples:\n      | tier |\n      | silver |\n"
	only := h.Commit(map[string]string{"a.feature": feature("A",
		scenario("@SHOP-1", "card", "a card"), scenario("@SHOP-1 @quarantine(until=2027-01-31)", "cash", "cash"), outline)})
	h.Branch("main", map[string]behavepro.SHA{"main": only})
	report(t, h, only, "p1", map[string]behavepro.Status{
		"card": behavepro.Passed, "cash": behavepro.Failed, "tiers/gold": behavepro.Passed, "tiers/silver": behavepro.Failed,
	})
	for _, when := range []struct {
		now    time.Time
		status behavepro.Status
		tally  catalog.Tally
	}{
		{last, behavepro.Passed, catalog.Tally{Features: 1, Scenarios: 3, Rows: 2, Passed: 2, Quarantined: 1, Linked: 3}},
		{last.Add(time.Second), behavepro.Failed, catalog.Tally{Features: 1, Scenarios: 3, Rows: 2, Passed: 1, Failed: 2, Linked: 3}},
	} {
		c.SetClock(func() time.Time { return when.now })
		standing, err := c.Standing(ctx, h.At("main"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(when.tally, standing.Tally); diff != "" {
			t.Errorf("at %s: tally (-want +got)\n%s", when.now, diff)
		}
		if got := standing.Features[0].Status; got != when.status {
			t.Errorf("at %s: the feature is %s, want %s", when.now, got, when.status)
		}
		found, err := c.Issue(ctx, "SHOP-1", "", nil)
		if err != nil || found[0].Status != when.status {
			t.Errorf("at %s: the issue is %v, want %s; %v", when.now, found, when.status, err)
		}
		cash := &standing.Features[0].Scenarios[1]
		if cash.Status != behavepro.Failed || !cash.Until.Equal(last.Add(time.Second)) || cash.Quarantined != when.now.Equal(last) {
			t.Errorf("at %s: cash is %s, in quarantine %v until %s", when.now, cash.Status, cash.Quarantined, cash.Until)
		}
	}
}

func TestAllInQuarantineProveNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	h.Repo.Quarantine = `^later-(?P<until>.+)$`
	if err := c.PutRepository(ctx, h.Repo); err != nil {
		t.Fatal(err)
	}
	only := h.Commit(map[string]string{"a.feature": "@later-2027-01-31\n" + feature("A", scenario("@SHOP-1", "card", "a card"))})
	h.Branch("main", map[string]behavepro.SHA{"main": only})
	c.SetClock(func() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) })
	report(t, h, only, "p1", map[string]behavepro.Status{"card": behavepro.Passed})
	found, err := c.Issue(ctx, "SHOP-1", "", nil)
	if err != nil || found[0].Status != behavepro.Skipped || !found[0].Scenarios[0].View.Quarantined {
		t.Errorf("got %+v, %v; want it skipped and in quarantine", found, err)
	}
}
