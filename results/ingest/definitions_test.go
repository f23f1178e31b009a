package ingest_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"

	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/ingest"
)

// patterns writes definitions as text: pattern, type, place and uses.
func patterns(d *model.Definitions) []string {
	var out []string
	for i := range d.All {
		def := &d.All[i]
		out = append(out, fmt.Sprintf("%s %s %s %d", def.Pattern, strings.TrimSuffix(def.Type, "_EXPRESSION"), def.At(), def.Uses))
	}
	return out
}

// TestStepDefinitionsOfAPush: they are stored once for a push, are there for its copies, and say so where some are left out.
func TestStepDefinitionsOfAPush(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	k := newKit(t)
	stream, err := os.ReadFile("../testdata/definitions.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	run := string(stream) + `{"testRunFinished":{"success":true}}` + "\n"
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	files := map[string]string{"a.ndjson": run, "b.ndjson": run, "c.json": payReport}
	read := func(p *catalog.Push) *model.Definitions {
		t.Helper()
		d, err := k.Ingest.Catalog.Definitions(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Definitions != len(d.All) {
			t.Errorf("the push counts %d, stored are %d", p.Definitions, len(d.All))
		}
		return d
	}
	want := []string{"^a (.*)$ REGULAR shop.PaySteps.any 2", "a card CUCUMBER steps/pay.js:3 2", "cash CUCUMBER shop.CashSteps.<init>:9 0"}
	p, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, files)
	k.equal("definitions", patterns(read(p)), want)
	if again, repeated := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit}}, files); !repeated {
		t.Error("the same push is not known again")
	} else {
		k.equal("definitions of the same push again", patterns(read(again)), want)
	}

	projects := []behavepro.ProjectKey{"SHOP"}
	nameless := catalog.Push{Repository: catalog.ForProjects(projects), Projects: projects, Commit: commit, Build: "9"}
	under, _ := k.accept(ingest.Upload{Push: nameless}, files)
	k.match(under)
	own, err := k.Ingest.Catalog.Push(ctx, k.Repo.ID, commit, under.ID)
	if err != nil {
		t.Fatal(err)
	}
	k.equal("definitions of a copy", patterns(read(own)), want)

	none, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit, Build: "10"}}, map[string]string{"c.json": payReport})
	k.equal("definitions of a report that tells none", patterns(read(none)), []string(nil))

	k.Bounds.Report.Definitions = 2
	cut, _ := k.accept(ingest.Upload{Push: catalog.Push{Commit: commit, Build: "11"}}, files)
	k.equal("within the bound", []any{len(read(cut).All), read(cut).Cut}, []any{2, true})
	k.equal("note", cut.Notes, []string{"step definitions were left out: at most 2 of a push are kept, 8 MB in all, with patterns of at most 4096 bytes"})
	if flaws, err := k.Ingest.Catalog.Check(ctx, func(f catalog.Flaw) { t.Errorf("flaw: %s", f.What) }); err != nil || flaws.Pushes == 0 {
		t.Errorf("check: %+v %v", flaws, err)
	}
}
