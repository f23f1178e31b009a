package ingest_test

import (
	"context"
	"maps"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
)

// TestFormatOfAPush: a push whose format is forced is another one than the same files without, and an unknown word is refused.
func TestFormatOfAPush(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	files := map[string]string{"r": `{"scenarioResults":[{"name":"card","line":3,"stepResults":[]}],"relativePath":"features/pay.feature"}`}
	up := ingest.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: behavepro.SHA{1}}}
	ids := map[string]bool{}
	for _, word := range []string{"", "junit", "karate", "junit"} {
		up.Format = word
		p, _, err := k.Accept(context.Background(), up, reports(maps.Clone(files)), clock)
		if err != nil {
			t.Fatal(err)
		}
		ids[p.ID] = true
		if (p.Files[0].Unreadable == "") != (word != "junit") {
			t.Errorf("%q: unreadable %q", word, p.Files[0].Unreadable)
		}
	}
	if len(ids) != 3 {
		t.Errorf("%d pushes, want 3", len(ids))
	}
	up.Format = "cuke"
	if _, _, err := k.Accept(context.Background(), up, reports(files), clock); err == nil {
		t.Error("an unknown format is taken")
	}
}
