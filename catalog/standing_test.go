package catalog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/store/storetest"
)

// lines says what a standing shows, without what only the newest outcomes tell (strips and flakiness).
func lines(s *catalog.Standing) string {
	var out strings.Builder
	for _, f := range s.Features {
		fmt.Fprintf(&out, "%s %s\n", f.Path, f.Status)
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			fmt.Fprintf(&out, "  %s %s %v", v.Name, v.Status, v.Stale)
			for _, r := range v.Results {
				fmt.Fprintf(&out, " %q:%s:%s:%v", r.Params, r.Push, r.Status, r.Stale)
			}
			for _, row := range v.Rows {
				fmt.Fprintf(&out, "\n    %s %s %v", row.Cells[0], row.Status, row.Stale)
			}
			fmt.Fprintln(&out)
		}
	}
	return out.String()
}

func TestStandingIsTheSameInAnyOrderAndBehindTheBudget(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(5, 6))
	type sent struct {
		id     string
		commit int
		says   map[string]behavepro.Status
		edit   func(*catalog.Push)
	}
	names := []string{"card", "cash", "tiers", "tiers/gold", "tiers/silver", "tiers/bronze"}
	var all []sent
	for n := range 60 {
		s := sent{id: fmt.Sprintf("p%02d", n), commit: r.IntN(3), says: map[string]behavepro.Status{}}
		for _, name := range names {
			if r.IntN(3) == 0 {
				s.says[name] = []behavepro.Status{behavepro.Passed, behavepro.Failed, behavepro.Skipped}[r.IntN(3)]
			}
		}
		start, build, os := r.IntN(9), fmt.Sprint(r.IntN(8)), []string{"", "Linux", "Mac"}[r.IntN(3)]
		s.edit = func(p *catalog.Push) {
			p.Started, p.Build = clock.Add(time.Duration(start)*time.Hour), build
			if os != "" {
				p.Params = []behavepro.Param{{Name: "Os", Value: os}}
			}
		}
		all = append(all, s)
	}
	show := func(budget int) string {
		scope := storetest.NewScope(t, catalog.Kinds()...)
		h := catalogtest.New(t, catalog.Open(scope), "shop", "SHOP")
		var commits []behavepro.SHA
		for _, step := range []string{"a card", "a card", "another card"} {
			files := map[string]string{"pay.feature": feature("Pay", scenario("@SHOP-1", "card", step), scenario("", "cash", "cash"), outline)}
			commits = append(commits, h.Commit(files, commits...))
		}
		at := h.Branch("main", map[string]behavepro.SHA{"main": commits[2]})
		for _, n := range r.Perm(len(all)) {
			report(t, h, commits[all[n].commit], all[n].id, all[n].says, all[n].edit)
			if n%13 == 0 {
				if _, err := h.Catalog.Standing(ctx, at); err != nil {
					t.Fatal(err)
				}
			}
		}
		c := h.Catalog
		if budget > 0 {
			c = catalog.Open(scope)
			c.SetBudget(budget)
		}
		standing, err := c.Standing(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		return lines(standing)
	}
	want := show(0)
	for _, budget := range []int{0, 1, 10, 40} {
		got := show(budget)
		if budget > 0 { // old param sets that lie behind the budget are not told
			got, want = status(got), status(want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("budget %d: (-want +got)\n%s", budget, diff)
		}
	}
}

// status cuts what lines tells of single param sets.
func status(lines string) string {
	var out []string
	for line := range strings.Lines(lines) {
		line, _, _ = strings.Cut(strings.TrimRight(line, "\n"), ` "`)
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestStandingOfACommitWithoutResults(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	h := catalogtest.New(t, c, "shop", "SHOP")
	empty := h.Commit(nil)
	at := h.Branch("main", map[string]behavepro.SHA{"main": empty})
	standing, err := c.Standing(ctx, at)
	if err != nil || len(standing.Features) != 0 || standing.Tally != (catalog.Tally{}) || len(standing.Issues()) != 0 {
		t.Errorf("no features: %+v %v", standing, err)
	}
	if _, _, ok := standing.Scenario(behavepro.Lineage{1}); ok {
		t.Error("found a scenario where there is none")
	}
	if versions, _, err := c.Versions(ctx, at, behavepro.Lineage{1}); err != nil || len(versions) != 0 {
		t.Errorf("versions: %v %v", versions, err)
	}
	files, err := c.Files(ctx, at)
	if err != nil || len(files) != 0 {
		t.Errorf("files: %v %v", files, err)
	}
}
