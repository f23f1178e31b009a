//go:build bench

package bench

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/sync/gittest"
)

// TestManyResults: 100,000 results in one push, and 16 pushes of 10,000 at once.
func TestManyResults(t *testing.T) {
	for _, part := range []struct{ n, atOnce, atMost int }{{500, 1, 10}, {50, 16, 0}} {
		const names = 200
		dir, sha := wideRepo(t, names, part.n, func(i int) int { return 1 + i/20 })
		d := startSyncd(t, "")
		d.run("repos", "add", gittest.Serve(t, dir, gittest.Partial), "--name", "shop", "--project", "SHOP", "--wait")
		report := filepath.Join(t.TempDir(), "cucumber.json")
		writeReport(t, report, names, part.n, 0, 0)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range part.atOnce {
			wg.Go(func() {
				d.run("results", "push", report, "--repo", "shop", "--commit", sha, "--build-id", fmt.Sprint(i), "--strict")
			})
		}
		wg.Wait()
		took := time.Since(start)
		out, _, _ := d.run("results", "list", "--repo", "shop", "--commit", sha, "--json")
		var list client.RunList
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Runs) != part.atOnce {
			t.Errorf("%d pushes are kept, want %d", len(list.Runs), part.atOnce)
		}
		for i := range list.Runs {
			if r := &list.Runs[i]; r.Read != names*part.n || r.Matched != r.Read || r.Passed+r.Failed != r.Read {
				t.Errorf("the push of build %s lost or doubled results: %+v", r.Build, r.Counts)
			}
		}
		name := fmt.Sprintf("%d results, stored and accounted for", names*part.n)
		if part.atOnce > 1 {
			name = fmt.Sprintf("%d pushes of %s at once", part.atOnce, name)
		}
		tell(t, figure{part: "push", name: name, value: took.Seconds(), unit: "s", atMost: float64(part.atMost), note: fmt.Sprintf("peak memory of the daemon %.0f MB", d.peak())})
		d.stop()
	}
}
