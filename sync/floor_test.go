package sync

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	gosync "sync"
	"testing"
	"time"

	cucumber "github.com/cucumber/gherkin/go/v28"

	"github.com/behavepro/behavepro/sync/gittest"
)

// BenchmarkColdSync compares, in one run on one repository, our cold sync (http to everything stored) with the floor: what git
// and the official parser need for the same work. BENCH_REPO names a repository of this machine; without it one is
// generated. BENCH_CLONE adds flags to the floor's
// clone, for a repository that lacks objects. `make bench` runs it.
func BenchmarkColdSync(b *testing.B) {
	dir := os.Getenv("BENCH_REPO")
	if dir == "" {
		r := gittest.New(b)
		r.History(1, 3000)
		dir = r.Dir
	}
	var received int64
	url := gittest.ServeWith(b, dir, gittest.Partial, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&countingWriter{w, &received}, r) })
	})
	var ours, floor, parse time.Duration
	var wire, cloneWire int64
	var stages string
	for b.Loop() {
		received = 0
		f := measureFloor(b, url)
		floor, parse, cloneWire, stages = floor+f.total, parse+f.parse, received, f.stages
		received = 0
		bench := newBench(b)
		repo := bench.add("bench", url)
		start := time.Now()
		bench.sync(repo)
		ours += time.Since(start)
		wire = received
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours.Seconds()/n, "ours-s")
	b.ReportMetric(floor.Seconds()/n, "floor-s")
	b.ReportMetric(ours.Seconds()/floor.Seconds(), "ours/floor")
	b.ReportMetric(parse.Seconds()/floor.Seconds(), "parse/floor")
	b.ReportMetric(float64(wire)/1e6, "wire-MB")
	b.ReportMetric(float64(cloneWire)/1e6, "clone-MB")
	b.Logf("floor: %s", stages)
}

type countingWriter struct {
	http.ResponseWriter
	n *int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	*w.n += int64(len(p))
	return w.ResponseWriter.Write(p)
}

type floorTimes struct {
	total, parse time.Duration
	stages       string
}

// measureFloor clones, lists every change of feature files, reads the distinct blobs and parses them on all cores.
func measureFloor(b *testing.B, url string) floorTimes {
	b.Helper()
	bare := filepath.Join(b.TempDir(), "floor.git")
	var f floorTimes
	stage := func(name string, do func()) {
		start := time.Now()
		do()
		took := time.Since(start)
		f.total += took
		f.stages += fmt.Sprintf("%s %.2f s, ", name, took.Seconds())
		if name == "parse" {
			f.parse = took
		}
	}
	git := func(stdin io.Reader, args ...string) []byte {
		cmd := exec.Command("git", args...)
		cmd.Stdin = stdin
		cmd.Env = append(os.Environ(), gittest.Env(0)...)
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	stage("clone", func() {
		git(nil, append(append([]string{"clone", "-q", "--bare"}, strings.Fields(os.Getenv("BENCH_CLONE"))...), url, bare)...)
	})
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
				b.Fatal(err)
			}
			text := make([]byte, size+1)
			if _, err := io.ReadFull(r, text); err != nil {
				b.Fatal(err)
			}
			texts = append(texts, text[:size])
		}
	})
	stage("parse", func() { parseAll(texts) })
	f.stages += fmt.Sprintf("%d blobs", len(texts))
	return f
}

func parseAll(texts [][]byte) {
	work := make(chan []byte)
	var group gosync.WaitGroup
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
