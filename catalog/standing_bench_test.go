package catalog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store/storetest"
)

// BenchmarkStanding reads a ref of 5,000 scenarios that 50 builds tested.
func BenchmarkStanding(b *testing.B) {
	ctx := context.Background()
	scope := storetest.NewScope(b, catalog.Kinds()...)
	h := catalogtest.New(b, catalog.Open(scope), "big", "BIG")
	files := map[string]string{}
	for f := range 200 {
		var all []string
		for s := range 25 {
			all = append(all, scenario(fmt.Sprintf("@BIG-%d", f), fmt.Sprintf("scenario %d %d", f, s), fmt.Sprintf("step %d %d", f, s)))
		}
		files[fmt.Sprintf("f/%03d.feature", f)] = feature(fmt.Sprintf("F%d", f), all...)
	}
	commit := h.Commit(files)
	at := h.Branch("main", map[string]behavepro.SHA{"main": commit})
	identified, err := h.Catalog.Identified(ctx, at)
	if err != nil {
		b.Fatal(err)
	}
	for n := range 50 {
		p := &catalog.Push{ID: fmt.Sprint("p", n), Repository: h.Repo.ID, Commit: commit, Build: fmt.Sprint(n), State: catalog.PushWaiting, Started: clock.Add(time.Duration(n) * time.Hour), Received: clock}
		if err := h.Catalog.PutPush(ctx, p); err != nil {
			b.Fatal(err)
		}
		p.Counts = model.Counts{Read: 5000, Matched: 5000, Passed: 5000}
		err := h.Catalog.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
			for _, f := range identified {
				for _, s := range f.Identity.Scenarios {
					if err := yield(&catalog.Outcome{Lineage: s.Lineage, Status: behavepro.Passed}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			if _, err := catalog.Open(scope).Standing(ctx, at); err != nil {
				b.Fatal(err)
			}
		}
	})
	c := catalog.Open(scope)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Standing(ctx, at); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("issue", func(b *testing.B) {
		for b.Loop() {
			if found, err := c.Issue(ctx, "BIG-7", "", nil); err != nil || len(found[0].Scenarios) != 25 {
				b.Fatal(err)
			}
		}
	})
	n := 0
	b.Run("after a push", func(b *testing.B) {
		for b.Loop() {
			n++
			p := &catalog.Push{ID: fmt.Sprint("small", n), Repository: h.Repo.ID, Commit: commit, State: catalog.PushWaiting, Received: clock}
			if err := c.PutPush(ctx, p); err != nil {
				b.Fatal(err)
			}
			p.Counts.Matched = 1
			if err := c.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
				return yield(&catalog.Outcome{Lineage: identified[0].Identity.Scenarios[0].Lineage, Status: behavepro.Passed})
			}); err != nil {
				b.Fatal(err)
			}
			if _, err := c.Standing(ctx, at); err != nil {
				b.Fatal(err)
			}
		}
	})
}
