package sync

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// faultyBench is a bench whose writes go wrong when a test says so.
func faultyBench(t *testing.T) (*bench, *store.Scope, *storetest.Faulty) {
	t.Helper()
	scope, faulty := storetest.NewFaultyScope(t, catalog.Kinds()...)
	e, err := NewEngine(Options{Data: t.TempDir(), Outbound: outbound.Policy{AllowPrivate: true}, LocalRoot: "/"})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, catalog: catalog.Open(scope), engine: e}, scope, faulty
}

// dumpScope is the canonical dump of a tenant in which nothing is damaged.
func dumpScope(t *testing.T, scope *store.Scope) string {
	t.Helper()
	c := catalog.Open(scope)
	if _, err := c.Check(t.Context(), func(f catalog.Flaw) { t.Errorf("flaw: %s", f.What) }); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Dump(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSyncSurvivesFailingWrites lets each write of an import and of the sync after it go wrong, in every way: the sync says so, what
// readers see is whole and is that of before or after, and the next sync completes.
func TestSyncSurvivesFailingWrites(t *testing.T) {
	t.Parallel()
	repo := gittest.New(t)
	made := repo.History(5, 24)
	half := func() { repo.Git("update-ref", "refs/heads/main", made[12].SHA) }
	all := func() { repo.Git("update-ref", "refs/heads/main", made[23].SHA) }

	calm, scope, _ := faultyBench(t)
	r := calm.add("shop", repo.Dir)
	half()
	calm.sync(r)
	first := dumpScope(t, scope)
	all()
	calm.sync(r)
	last := dumpScope(t, scope)
	if first == last {
		t.Fatal("both states are one: it proves nothing")
	}
	faults := len(storetest.Faults)
	rounds := testenv.Rounds(1, faults)
	for _, second := range []bool{false, true} {
		for n, hits := 1, true; hits; n++ {
			hits = false
			for round := range rounds {
				fault := storetest.Faults[(n+round)%faults]
				name := fmt.Sprintf("second %v, write %d, %s", second, n, fault)
				b, scope, faulty := faultyBench(t)
				r := b.add("shop", repo.Dir)
				half()
				before, after := "", first
				if second {
					b.sync(r)
					all()
					before, after = first, last
				} else {
					before = dumpScope(t, scope)
				}
				faulty.Break(n, fault)
				err := b.trySync(r)
				hit := faulty.Mend()
				hits = hits || hit
				got := dumpScope(t, scope)
				if (hit && got != before && got != after) || (err == nil && got != after) {
					t.Errorf("%s: readers see neither what was before nor what comes after (error: %v)", name, err)
				}
				if err := b.trySync(r); err != nil {
					t.Errorf("%s: the next sync: %v", name, err)
				}
				if got := dumpScope(t, scope); got != after {
					t.Errorf("%s: the next sync did not complete", name)
				}
				if t.Failed() {
					return
				}
			}
			if !hits && n < 6 {
				t.Fatalf("only %d writes: it proves nothing", n)
			}
		}
	}
}
