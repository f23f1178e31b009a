package results_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/match"
)

// TestCompatibilityKit reads the streams of Cucumber's compatibility kit.
func TestCompatibilityKit(t *testing.T) {
	t.Parallel()
	root := testenv.CompatibilityKit(t)
	streams := glob(t, root, "samples/*/*.ndjson")
	if len(streams) < 40 {
		t.Errorf("only %d streams", len(streams))
	}
	files := readFeatures(t, root)
	for _, stream := range streams {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			reported := readReports(t, root, stream)
			outcomes := match.Match(files, reported, match.Options{})
			checkAccounting(t, reported, outcomes)
			got := match.Tally(outcomes)
			text, err := os.ReadFile(filepath.Join(root, stream))
			if err != nil {
				t.Fatal(err)
			}
			if want := bytes.Count(text, []byte(`{"testCaseStarted":`)); got.Read != want {
				t.Errorf("read %d results, want %d", got.Read, want)
			}
			if strings.Contains(stream, "/markdown/") { // .feature.md is no feature of a commit
				return
			}
			if got.Matched+got.RetryOf != got.Read {
				t.Errorf("accounting: %+v, want all matched", got)
				for i, o := range outcomes {
					t.Logf("%q: %s %s", reported[i].Name, o.Accounting, o.Reason)
				}
			}
		})
	}
}
