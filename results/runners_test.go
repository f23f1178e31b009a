package results_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/testenv"
)

const (
	matrixFolder = "testdata/matrix"
	pinnedFolder = "results/testdata/runners/" // of the module: what npm installs
)

// runner is a real test runner, run on the features of the matrix. Every report of the run has to tell what is true of
// each scenario and row; where it cannot, the difference is written down with its reason.
type runner struct {
	name    string
	folder  string   // of matrixFolder: its steps
	into    string   // folder of the run that they are copied to
	npm     string   // folder of pinnedFolder, or ""
	node    int      // the oldest Node.js that npm's takes, by its first number
	without []string // features that it cannot run
	run     [][]string
	runs    func(t *testing.T, dir string) // for one that runs in this process
	reports map[string]string              // name to pattern
	differ  known                          // what is true of the runner, but not of the matrix
	lies    map[string]known               // by report: what the report says although it is not true
}

// known is what is expected instead of the truth, by place. "missing" stands for a scenario that is not reported,
// "ambiguous" for one that cannot be told from others.
type known map[string]string

// truth reads what truly becomes of each place.
func truth(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(matrixFolder, "truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if place, status, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			all[place] = status
		}
	}
	return all
}

// systemNode is the first number of the version of Node.js in the PATH, 0 without one.
var systemNode = sync.OnceValue(func() (major int) {
	out, _ := exec.Command("node", "--version").Output()
	_, _ = fmt.Sscanf(string(out), "v%d", &major)
	return major
})

// start runs a runner and gives the folder with its features and reports.
func (r *runner) start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copyTree(t, filepath.Join(matrixFolder, "features"), filepath.Join(dir, "features"))
	if r.folder != "" {
		copyTree(t, filepath.Join(matrixFolder, r.folder), filepath.Join(dir, r.into))
	}
	for _, feature := range r.without {
		if err := os.Remove(filepath.Join(dir, "features", feature)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r.runs != nil {
		r.runs(t, dir)
	}
	env := append(os.Environ(), "CUCUMBER_PUBLISH_QUIET=true", "PYTHONDONTWRITEBYTECODE=1", "LC_ALL=C.UTF-8")
	if r.npm != "" {
		if err := os.Symlink(filepath.Join(testenv.NPM(t, pinnedFolder+r.npm), "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		if systemNode() < r.node {
			nodes, _ := filepath.Glob(filepath.Join(testenv.NPM(t, pinnedFolder+"node"), "node_modules/node-*/bin"))
			env = append(env, "PATH="+strings.Join(append(nodes, os.Getenv("PATH")), ":"))
		}
	}
	for _, args := range r.run {
		cmd := exec.CommandContext(t.Context(), "env", args...) // finds the command in the PATH of env
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if _, failed := err.(*exec.ExitError); err != nil && !failed { // scenarios fail, so that runners do
			t.Fatalf("run %s: %v (`make ready-slow` brings it)", args[0], err)
		}
		t.Logf("%s: %v\n%s", args[0], err, out[max(0, len(out)-1500):])
	}
	return dir
}

// copyTree copies files; that from Windows gets its line ends, whatever Git made of them.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	crlf := filepath.Join(to, "crlf.feature")
	if text, err := os.ReadFile(crlf); err == nil {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		if err := os.WriteFile(crlf, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRunners runs real runners and compares each of their reports with the truth; in `make test` godog alone, which Go brings.
func TestRunners(t *testing.T) {
	t.Parallel()
	for _, r := range runners {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if r.runs == nil { // it has to be installed
				testenv.OnlySlow(t)
			}
			dir := r.start(t)
			if messages := r.reports["messages"]; messages != "" {
				t.Run("oracle", func(t *testing.T) { agrees(t, filepath.Join(dir, messages)) })
				if r.folder == "cucumber-js" {
					t.Run("step definitions", func(t *testing.T) { checkDefinitions(t, dir) })
				}
			}
			for name, pattern := range r.reports {
				t.Run(name, func(t *testing.T) { r.compare(t, name, statuses(t, dir, pattern)) })
			}
			t.Run("together", func(t *testing.T) { // the report that tells more of the truth counts
				r.compare(t, "together", statuses(t, dir, slices.Sorted(maps.Values(r.reports))...))
			})
		})
	}
}

func (r *runner) compare(t *testing.T, report string, said map[string]behavepro.Status) {
	t.Helper()
	want := truth(t)
	maps.DeleteFunc(want, func(place, _ string) bool {
		return slices.ContainsFunc(r.without, func(feature string) bool { return strings.HasPrefix(place, "features/"+feature+":") })
	})
	maps.Copy(want, r.differ)
	maps.Copy(want, r.lies[report])
	for place, status := range want {
		got, ok := said[place]
		if !ok {
			got = "missing"
		}
		if string(got) != status {
			t.Errorf("%s: got %s, want %s", place, got, status)
		}
	}
	for place := range said {
		if _, ok := want[place]; !ok {
			t.Errorf("%s is not in the truth", place)
		}
	}
}
