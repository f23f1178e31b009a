//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cucumber "github.com/cucumber/gherkin/go/v28"

	"github.com/behavepro/behavepro/sync/gittest"
)

// TestColdSync compares the first import of a repository, from http to everything stored and sealed by a daemon, with the floor:
// what git and the official parser need for the same work. BENCH_REPO names repositories of this machine, separated by
// colons; one of 50,000 commits, 10,000 feature blobs and 27,000 refs is made.
func TestColdSync(t *testing.T) {
	for _, dir := range filepath.SplitList(os.Getenv("BENCH_REPO")) {
		name := strings.TrimSuffix(filepath.Base(strings.TrimSuffix(dir, "/repo")), ".git")
		t.Run(name, func(t *testing.T) { coldSync(t, name, dir) })
	}
	t.Run("made", func(t *testing.T) {
		coldSync(t, "50,000 commits, 10,000 blobs, 27,000 refs", history(t, 50_000, 10_000, 27_000))
	})
}

func coldSync(t *testing.T, name, dir string) {
	const rounds, most = 3, 600
	var received atomic.Int64
	url := gittest.ServeWith(t, dir, gittest.Partial, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&countingWriter{w, &received}, r) })
	})
	var ours, all time.Duration
	var f *floor
	var wire, cloneWire, store int64
	var peak float64
	for range rounds {
		received.Store(0)
		f = measureFloor(t, url)
		all += f.total
		cloneWire = received.Swap(0)
		d := startSyncd(t, "")
		start := time.Now()
		d.run("repos", "add", url, "--name", "bench", "--project", "SHOP", "--wait")
		ours += time.Since(start)
		wire, peak = received.Load(), max(peak, d.peak())
		d.stop()
		store = folderSize(t, d.data, "store.db")
	}
	atMost := 1.5
	if f.stages["parse"] > f.total/2 {
		atMost = 2
	}
	tell(t, figure{
		part: "cold sync", name: name + ": ours / floor", value: ours.Seconds() / all.Seconds(), atMost: atMost,
		note: fmt.Sprintf("means of %d: %.1f / %.1f s; the last floor: clone %.1f, log %.1f, cat-file %.1f, parse %.1f s; %d feature blobs", rounds, ours.Seconds()/rounds, all.Seconds()/rounds,
			f.stages["clone"].Seconds(), f.stages["log"].Seconds(), f.stages["cat-file"].Seconds(), f.stages["parse"].Seconds(), f.blobs),
	})
	tell(t, figure{part: "cold sync", name: name + ": bytes received, ours / clone", value: float64(wire) / float64(cloneWire), note: fmt.Sprintf("%.1f / %.1f MB", float64(wire)/1e6, float64(cloneWire)/1e6)})
	tell(t, figure{part: "cold sync", name: name + ": peak memory of the daemon", value: peak, unit: "MB", atMost: most})
	bound := float64(f.text)/2 + float64(f.clone)/3
	tell(t, figure{
		part: "cold sync", name: name + ": store / (half of the feature text + a third of the clone)", value: float64(store) / bound, atMost: 1,
		note: fmt.Sprintf("%.1f MB; text %.1f, clone %.1f MB", float64(store)/1e6, float64(f.text)/1e6, float64(f.clone)/1e6),
	})
}

// folderSize is how many bytes the files below a folder take, those whose names begin so or all.
func folderSize(t testing.TB, dir, begin string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasPrefix(e.Name(), begin) {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

type countingWriter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

// floor is what git and the official parser need.
type floor struct {
	total  time.Duration
	stages map[string]time.Duration
	blobs  int
	text   int64 // bytes of the distinct feature blobs
	clone  int64 // bytes of the bare clone
}

// measureFloor clones, lists every change of feature files, reads the distinct blobs and parses them on all cores.
func measureFloor(t *testing.T, url string) *floor {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "floor.git")
	f := &floor{stages: map[string]time.Duration{}}
	stage := func(name string, do func()) {
		start := time.Now()
		do()
		f.stages[name] = time.Since(start)
		f.total += f.stages[name]
	}
	git := func(stdin io.Reader, args ...string) []byte {
		cmd := exec.Command("git", args...)
		cmd.Stdin, cmd.Env = stdin, append(os.Environ(), gittest.Env(0)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	// A request in chunks, as git sends many wants, is more than the server here takes.
	stage("clone", func() { git(nil, "-c", "http.postBuffer=100000000", "clone", "-q", "--bare", url, bare) })
	f.clone = folderSize(t, bare, "")
	blobs := map[string]bool{}
	stage("log", func() {
		out := git(nil, "--git-dir", bare, "log", "--branches", "-m", "--raw", "--no-renames", "--no-abbrev", "--format=", "--", "*.feature")
		for line := range bytes.Lines(out) {
			if fields := strings.Fields(string(line)); len(fields) >= 4 && strings.HasPrefix(fields[1], "100") {
				blobs[fields[3]] = true
			}
		}
	})
	var texts [][]byte
	stage("cat-file", func() {
		var ask bytes.Buffer
		for sha := range blobs {
			ask.WriteString(sha + "\n")
		}
		r := bufio.NewReader(bytes.NewReader(git(&ask, "--git-dir", bare, "cat-file", "--batch")))
		for {
			var sha, kind string
			var size int
			if _, err := fmt.Fscanf(r, "%s %s %d\n", &sha, &kind, &size); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			text := make([]byte, size+1)
			if _, err := io.ReadFull(r, text); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text[:size])
			f.text += int64(size)
		}
	})
	stage("parse", func() { parseAll(texts) })
	f.blobs = len(texts)
	return f
}

// parseAll parses texts with the official parser, on all cores.
func parseAll(texts [][]byte) {
	work := make(chan []byte)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for text := range work {
				n := 0
				text = bytes.TrimPrefix(text, []byte("\ufeff"))
				_, _ = cucumber.ParseGherkinDocument(bytes.NewReader(text), func() string { n++; return fmt.Sprint(n) })
			}
		})
	}
	for _, text := range texts {
		work <- text
	}
	close(work)
	group.Wait()
}
