package catalog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

// proven is a tenant with a repository of two branches and a matched push of the branch main. Its repository has the id.
func proven(t *testing.T, id behavepro.RepositoryID) *store.Scope {
	t.Helper()
	scope := storetest.NewScope(t, catalog.Kinds()...)
	c := catalog.Open(scope)
	h := catalogtest.New(t, c, "shop", "SHOP")
	if h.Repo.ID != id {
		if err := c.RemoveRepository(t.Context(), h.Repo.ID, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		h.Repo.ID, h.Repo.Rev = id, 0
		if err := c.PutRepository(t.Context(), h.Repo); err != nil {
			t.Fatal(err)
		}
	}
	pay := "@SHOP-1\nFeature: Pay\n  Scenario: card\n    Given a card\n\n  Scenario: cash\n    Given cash\n"
	first := h.Commit(map[string]string{"features/pay.feature": pay})
	second := h.Commit(map[string]string{"features/pay.feature": pay + "    And more\n", "features/cart.feature": "Feature: Cart\n  Scenario: full\n    Given it\n"}, first)
	other := h.Commit(map[string]string{"old/pay.feature": pay}, first)
	h.Branch("main", map[string]behavepro.SHA{"main": second, "other": other})

	now := time.Now() // a clock of ours: no dump holds it
	p := &catalog.Push{
		ID: "push-of-" + string(id), Repository: id, Commit: second, State: catalog.PushWaiting, Received: now, Started: now, Upload: "upload-" + string(id), UploadTo: id,
		Files: []catalog.PushedFile{{Name: "r.json", Format: "cucumber-json", SHA256: "00", Results: 2, Parts: 1}}, Counts: model.Counts{Read: 2, Waiting: 2},
	}
	if err := c.PutChunk(t.Context(), p, 0, 0, []byte{0xa0}); err != nil {
		t.Fatal(err)
	}
	told := model.Definitions{All: []model.StepDefinition{def("a card", "steps/pay.js", 3, 1), def("cash", "steps/pay.js", 9, 0)}}
	if err := c.PutDefinitions(t.Context(), p, &told); err != nil {
		t.Fatal(err)
	}
	if err := c.PutPush(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	p.Counts = model.Counts{Read: 2, Matched: 2, Passed: 1, Failed: 1}
	err := c.PutMatch(t.Context(), p, func(yield func(*catalog.Outcome) error) error {
		for name, status := range map[string]behavepro.Status{"card": behavepro.Passed, "cash": behavepro.Failed} {
			if err := yield(&catalog.Outcome{Lineage: h.Lineage(second, name), Status: status, Raw: string(status)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

func dump(t *testing.T, scope *store.Scope) string {
	t.Helper()
	var out bytes.Buffer
	if err := catalog.Open(scope).Dump(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func check(t *testing.T, scope *store.Scope) []catalog.Flaw {
	t.Helper()
	var flaws []catalog.Flaw
	if _, err := catalog.Open(scope).Check(t.Context(), func(f catalog.Flaw) { flaws = append(flaws, f) }); err != nil {
		t.Fatal(err)
	}
	return flaws
}

func TestDumpsOfOneHistoryAreEqual(t *testing.T) {
	t.Parallel()
	one, two := dump(t, proven(t, "id-shop")), dump(t, proven(t, "0123abcd"))
	if one != two {
		t.Errorf("two folders differ:\n%s\n%s", one, two)
	}
	for _, kind := range []string{"repository", "head", "ref", "commit", "tree", "identity", "mention", "place", "push", "chunk", "definition", "result", "blob"} {
		if !strings.Contains(one, `{"kind":"`+kind+`"`) {
			t.Errorf("no line of kind %s in\n%s", kind, one)
		}
	}
	if strings.Contains(one, "id-shop") || strings.Contains(one, time.Now().UTC().Format("2006-01-02T")) {
		t.Errorf("the dump holds a random id or a time:\n%s", one)
	}
	if flaws := check(t, proven(t, "id-shop")); len(flaws) > 0 {
		t.Errorf("flaws in what is whole: %v", flaws)
	}
}

// TestCheckTellsWhatIsMissing deletes one record after another, and gives one the content of another.
func TestCheckTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	needed := []string{"refset", "refpage", "commit", "tree", "identity", "blob", "mention", "place", "push", "chunk", "row", "summary", "definitions"}
	for _, kind := range catalog.Kinds() {
		if !slices.Contains(needed, kind.Name) {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			scope := proven(t, "id-shop")
			var all []store.Record
			for r, err := range scope.Scan(t.Context(), kind, store.Range{}) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, r)
			}
			if len(all) == 0 {
				t.Fatal("there is none")
			}
			for _, r := range all {
				write(t, scope, store.Change{Action: store.DeleteIf, Kind: kind, Record: r})
				if len(check(t, scope)) == 0 {
					t.Errorf("nobody misses %q", r.Key)
				}
				r.Rev = 0
				write(t, scope, store.Change{Action: store.PutIf, Kind: kind, Record: r})
			}
			if flaws := check(t, scope); len(flaws) > 0 {
				t.Fatalf("flaws when all is back: %v", flaws)
			}
			if named := []string{"refset", "refpage", "tree", "identity"}; !slices.Contains(named, kind.Name) {
				return
			}
			for i, r := range all {
				wrong := all[(i+1)%len(all)].Body
				if len(all) == 1 {
					wrong = []byte{0xa1, 0x01, 0x80} // {1: []}
				}
				if bytes.Equal(wrong, r.Body) {
					continue
				}
				write(t, scope, store.Change{Action: store.PutIf, Kind: kind, Record: store.Record{Key: r.Key, Body: wrong, Rev: 1}})
				if len(check(t, scope)) == 0 {
					t.Errorf("nobody sees that %q has another's content", r.Key)
				}
				write(t, scope, store.Change{Action: store.PutIf, Kind: kind, Record: store.Record{Key: r.Key, Body: r.Body, Rev: 2}})
				write(t, scope, store.Change{Action: store.DeleteIf, Kind: kind, Record: store.Record{Key: r.Key, Rev: 3}})
				write(t, scope, store.Change{Action: store.PutNew, Kind: kind, Record: r})
			}
		})
	}
}

func write(t *testing.T, scope *store.Scope, change store.Change) {
	t.Helper()
	out, err := scope.Write(t.Context(), store.Relaxed, change)
	if err != nil || out[0].Result != store.Done {
		t.Fatalf("write %q: %v %v", change.Key, out, err)
	}
}

func TestCheckBodiesOpensAll(t *testing.T) {
	t.Parallel()
	scope := proven(t, "id-shop")
	var flaws []catalog.Flaw
	n, err := catalog.Open(scope).CheckBodies(t.Context(), func(f catalog.Flaw) { flaws = append(flaws, f) })
	if err != nil || len(flaws) > 0 {
		t.Fatalf("got %v, %v", flaws, err)
	}
	if stat, err := scope.Stat(t.Context(), nil); err != nil || int64(n) != stat.Records {
		t.Errorf("%d records were opened of %d, %v", n, stat.Records, err)
	}
}
