package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
)

// TestRunsOf puts pushes together in whatever order they come.
func TestRunsOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	linux := []behavepro.Param{{Name: "Os", Value: "Linux"}}
	push := func(id, run, build, shard string, of int, ago time.Duration) *catalog.Push {
		return &catalog.Push{
			ID: id, Run: run, Build: build, Shard: shard, Shards: of, Params: linux, Started: now.Add(-ago), Received: now.Add(-ago),
			Counts: model.Counts{Read: 1, Matched: 1, Passed: 1},
		}
	}
	closing := push("z", "nightly", "", "", 0, time.Minute)
	closing.Closes, closing.Counts = true, model.Counts{}
	other := push("o", "nightly", "", "1", 2, time.Minute)
	other.Params = nil
	for name, c := range map[string]struct {
		pushes []*catalog.Push
		want   string // name state shards/of pushes read
	}{
		"none":                        {nil, ""},
		"without shards":              {[]*catalog.Push{push("a", "nightly", "7", "", 0, 0)}, "nightly complete 0/0 1 1"},
		"a build names a run":         {[]*catalog.Push{push("a", "", "7", "", 0, 0), push("b", "", "7", "", 0, 0)}, "7 complete 0/0 2 2"},
		"neither is a run of its own": {[]*catalog.Push{push("a", "", "", "", 0, 1), push("b", "", "", "", 0, 0)}, " complete 0/0 1 1;  complete 0/0 1 1"},
		"one shard of two":            {[]*catalog.Push{push("a", "nightly", "", "1", 2, 0)}, "nightly open 1/2 1 1"},
		"both":                        {[]*catalog.Push{push("a", "nightly", "", "1", 2, 0), push("b", "nightly", "", "2", 2, 0)}, "nightly complete 2/2 2 2"},
		"one twice is not both":       {[]*catalog.Push{push("a", "nightly", "", "1", 2, 0), push("b", "nightly", "", "1", 2, 0)}, "nightly open 1/2 2 2"},
		"it is not known how many":    {[]*catalog.Push{push("a", "nightly", "", "ui", 0, 0), push("b", "nightly", "", "db", 0, 0)}, "nightly open 2/0 2 2"},
		"closed":                      {[]*catalog.Push{push("a", "nightly", "", "1", 2, 0), closing}, "nightly complete 1/2 1 1"},
		"closed and nothing else":     {[]*catalog.Push{closing}, "nightly complete 0/0 0 0"},
		"quiet for long":              {[]*catalog.Push{push("a", "nightly", "", "1", 2, catalog.QuietTime)}, "nightly complete 1/2 1 1"},
		"quiet for less":              {[]*catalog.Push{push("a", "nightly", "", "1", 2, catalog.QuietTime-1)}, "nightly open 1/2 1 1"},
		"other params are other runs": {[]*catalog.Push{push("a", "nightly", "", "1", 2, 0), other, closing}, "nightly complete 1/2 1 1; nightly open 1/2 1 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rand.Shuffle(len(c.pushes), func(i, j int) { c.pushes[i], c.pushes[j] = c.pushes[j], c.pushes[i] })
			var said []string
			for _, r := range catalog.RunsOf(c.pushes, now) {
				said = append(said, fmt.Sprintf("%s %s %d/%d %d %d", r.Name, r.State, len(r.Shards), r.Of, len(r.Pushes), r.Counts.Read))
			}
			if got := strings.Join(said, "; "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
