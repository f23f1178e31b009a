package ingest_test

import (
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
)

// TestKeptOfPushWithoutRepository: what a project does not keep is not kept because a push came with another token: one for all projects,
// or one for a project that accepted the repository.
func TestKeptOfPushWithoutRepository(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keep     catalog.Keep
		projects []behavepro.ProjectKey // of the token
		want     string
	}{
		"all projects":            {catalog.KeepNone, nil, ""},
		"the project":             {catalog.KeepNone, []behavepro.ProjectKey{"SHOP"}, ""},
		"a guest":                 {catalog.KeepNone, []behavepro.ProjectKey{"WEB"}, ""},
		"all projects, messages":  {catalog.KeepMessages, nil, "cash broke"},
		"all projects, all of it": {catalog.KeepAll, nil, "cash broke"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t)
			commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
			k.Branch("main", map[string]behavepro.SHA{"main": commit})
			k.Repo.Guests = []behavepro.ProjectKey{"WEB"}
			if err := k.Ingest.Catalog.PutRepository(t.Context(), k.Repo); err != nil {
				t.Fatal(err)
			}
			if err := k.Ingest.Catalog.PutEvidenceRule(t.Context(), "SHOP", &catalog.EvidenceRule{Keep: c.keep}); err != nil {
				t.Fatal(err)
			}
			up := ingest.Upload{Push: catalog.Push{Repository: catalog.ForProjects(c.projects), Projects: c.projects, Commit: commit}}
			p, _ := k.accept(up, map[string]string{"a.json": payReport})
			k.match(p)
			history, err := k.Ingest.Catalog.Scenario(t.Context(), k.At("main"), k.Lineage(commit, "cash"))
			if err != nil || len(history.Runs) != 1 || len(history.Runs[0].Rows) != 1 {
				t.Fatalf("history %+v, %v", history, err)
			}
			if got := history.Runs[0].Rows[0].Message; got != c.want {
				t.Errorf("kept message %q, want %q", got, c.want)
			}
		})
	}
}
