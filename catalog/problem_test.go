package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store/storetest"
)

// numbered are problems of the commits of the seconds from to to-1.
func numbered(from, to int) (all []catalog.Problem) {
	for i := from; i < to; i++ {
		all = append(all, catalog.Problem{ID: fmt.Sprintf("p%05d", i), Commit: behavepro.SHA{1}, CommitTime: int64(i), Message: fmt.Sprint(i), At: time.Unix(9, 0).UTC()})
	}
	return all
}

// TestProblemsAreBounded is at the edge of how many problems are kept: those of the newest commits, in whatever order they are told.
func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	const most = catalog.MaxProblems
	for _, c := range []struct {
		told, more int
	}{{most - 1, 0}, {most, 0}, {most + 1, 1}, {2*most + 7, most + 7}} {
		for _, batch := range []int{1 + most/3, 3 * most} {
			db := catalog.Open(storetest.NewScope(t, catalog.Kinds()...))
			told := numbered(1, c.told+1)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
			for len(told) > 0 {
				n := min(batch, len(told))
				if err := db.PutProblems(t.Context(), "r", told[:n]...); err != nil {
					t.Fatal(err)
				}
				told = told[n:]
			}
			got, err := db.Problems(t.Context(), "r")
			if err != nil {
				t.Fatal(err)
			}
			var says string
			if n := len(got) - 1; got[n].More > 0 {
				says, got = got[n].Message, got[:n]
			}
			if want := fmt.Sprintf("%d more problems, of older commits, are not kept: a repository keeps 1000", c.more); (c.more > 0) != (says == want) || c.more == 0 && says != "" {
				t.Errorf("%d told, %d at once: says %q", c.told, batch, says)
			}
			var times, want []int64
			for _, p := range got {
				times = append(times, p.CommitTime)
			}
			for i := range min(c.told, most) {
				want = append(want, int64(c.told-i))
			}
			if diff := cmp.Diff(want, times); diff != "" {
				t.Errorf("%d told, %d at once: kept (-want +got):\n%s", c.told, batch, diff)
			}
		}
	}
}

// TestProblemsToldAgain: one that is told again counts once, with its newest text, and one that is solved makes room.
func TestProblemsToldAgain(t *testing.T) {
	t.Parallel()
	const most = catalog.MaxProblems
	db := catalog.Open(storetest.NewScope(t, catalog.Kinds()...))
	for range 2 {
		if err := db.PutProblems(t.Context(), "r", numbered(1, most+1)...); err != nil {
			t.Fatal(err)
		}
	}
	again := numbered(most, most+1)[0]
	again.Message = "new words"
	if err := db.PutProblem(t.Context(), "r", again); err != nil {
		t.Fatal(err)
	}
	if err := db.SolveProblem(t.Context(), "r", numbered(1, 2)[0].ID); err != nil {
		t.Fatal(err)
	}
	// Without a commit's time, the time of noting counts: it is old.
	waiting := catalog.Problem{ID: "push-1", Message: "waits", At: time.Unix(1, 0).UTC()}
	if err := db.PutProblem(t.Context(), "r", waiting); err != nil {
		t.Fatal(err)
	}
	got, err := db.Problems(t.Context(), "r")
	if err != nil || len(got) != most {
		t.Fatalf("%d problems, %v", len(got), err)
	}
	if got[0].Message != "new words" || cmp.Diff(waiting, got[most-1]) != "" {
		t.Errorf("first %+v, last %+v", got[0], got[most-1])
	}
	if other, err := db.Problems(t.Context(), "other"); err != nil || len(other) != 0 {
		t.Errorf("another repository has %d problems, %v", len(other), err)
	}
}
