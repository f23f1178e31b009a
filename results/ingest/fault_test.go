package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

// faultyKit is a kit whose writes go wrong when a test says so.
type faultyKit struct {
	*kit
	scope  *store.Scope
	faulty *storetest.Faulty
	commit behavepro.SHA
}

func newFaultyKit(t *testing.T) *faultyKit {
	t.Helper()
	scope, faulty := storetest.NewFaultyScope(t, catalog.Kinds()...)
	c := catalog.Open(scope)
	k := &faultyKit{&kit{t, catalogtest.New(t, c, "shop", "SHOP"), ingest.Ingest{Catalog: c}}, scope, faulty, behavepro.SHA{}}
	k.commit = k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": k.commit})
	return k
}

// send is what a client and the server do with one push.
func (k *faultyKit) send() (repeated bool, err error) {
	p, repeated, err := k.Accept(context.Background(), ingest.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: k.commit, Build: "7"}},
		reports(map[string]string{"a.json": payReport, "b.json": payReport}), clock)
	if err != nil {
		return false, err
	}
	return repeated, k.Match(context.Background(), p)
}

// stored sweeps what was left behind, and returns the dump and the number of records. Nothing may be damaged.
func (k *faultyKit) stored() string {
	k.t.Helper()
	c := catalog.Open(k.scope)
	if err := (ingest.Ingest{Catalog: c}).Sweep(k.t.Context(), clock.Add(48*time.Hour)); err != nil {
		k.t.Error(err)
	}
	if _, err := c.Check(k.t.Context(), func(f catalog.Flaw) { k.t.Errorf("flaw: %s", f.What) }); err != nil {
		k.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Dump(k.t.Context(), &out); err != nil {
		k.t.Fatal(err)
	}
	for _, kind := range catalog.Kinds() {
		if name := kind.Name; name == "push" || name == "chunk" || name == "row" || name == "summary" {
			stat, err := k.scope.Stat(k.t.Context(), kind)
			if err != nil {
				k.t.Fatal(err)
			}
			fmt.Fprintf(&out, "%d records of kind %s\n", stat.Records, name)
		}
	}
	return out.String()
}

// TestPushSurvivesFailingWrites lets each write of a push go wrong, in two ways, or in every way in slow tests: the client is told, or the push is stored;
// what is stored is whole; and the same push sent again counts once.
func TestPushSurvivesFailingWrites(t *testing.T) {
	t.Parallel()
	calm := newFaultyKit(t)
	before := calm.stored()
	if _, err := calm.send(); err != nil {
		t.Fatal(err)
	}
	want := calm.stored()
	rounds := 2
	if testenv.Slow() {
		rounds = len(storetest.Faults)
	}
	for n, hits := 1, true; hits; n++ {
		hits = false
		for round := range rounds {
			fault := storetest.Faults[(n+round)%len(storetest.Faults)]
			name := fmt.Sprintf("write %d, %s", n, fault)
			k := newFaultyKit(t)
			k.faulty.Break(n, fault)
			_, err := k.send()
			hit := k.faulty.Mend()
			hits = hits || hit
			if err == nil {
				if got := k.stored(); got != want {
					t.Errorf("%s: acknowledged, and stored is\n%s\nwant\n%s", name, got, want)
				}
			}
			if n%2 == 0 { // what is left may be swept first, or not
				if got := k.stored(); err != nil && got != before && got != want {
					t.Errorf("%s: %v, and stored is\n%s", name, err, got)
				}
			}
			if _, err := k.send(); err != nil {
				t.Errorf("%s: sent again: %v", name, err)
			}
			if got := k.stored(); got != want {
				t.Errorf("%s: sent again, stored is\n%s\nwant\n%s", name, got, want)
			}
			if t.Failed() {
				return
			}
		}
		if !hits && n < 8 {
			t.Fatalf("only %d writes: it proves nothing", n)
		}
	}
}
