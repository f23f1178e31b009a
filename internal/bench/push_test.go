//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro/results/report"
	"github.com/behavepro/behavepro/sync/gittest"
)

// writeReport writes a Cucumber JSON report about the files of featureText: every name has n scenarios. Every pictureEvery-th
// scenario has a picture of so many bytes, a third more as base64; 0 means none. One scenario in twenty failed.
func writeReport(t testing.TB, path string, names, n, pictureEvery, pictureSize int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	b := bufio.NewWriterSize(file, 1<<20)
	random, picture := rand.NewChaCha8([32]byte{}), make([]byte, pictureSize) // nothing compresses it
	b.WriteString("[")
	for f := range names {
		if f > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, `{"description":"","id":"area-%d","keyword":"Feature","line":1,"name":"Area %d","tags":[],"uri":%q,"elements":[`, f, f, pathOf(f))
		for i := range n {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(b, `{"description":"","id":"area-%d;%d","keyword":"Scenario","line":%d,"name":"Scenario %d of Area %d","type":"scenario","steps":[`, f, i, 4+8*i, i, f)
			for s := range 5 {
				result := `"status":"passed"`
				if g := f*n + i; s == 4 && (g/2000+g)%20 == 0 {
					result = `"status":"failed","error_message":"AssertionError: expected 3 articles\n    at Cart.check (features/steps/cart.js:12)\n    at run (node_modules/runner/lib/index.js:100)"`
				}
				fmt.Fprintf(b, `%s{"arguments":[],"keyword":"Given ","line":%d,"name":"a customer of Area %d with %d articles in the \"cart\"","match":{"location":"features/steps/cart.js:12"},"result":{%s,"duration":%d}`,
					[]string{"", ","}[min(s, 1)], 5+8*i+s, f, i, result, 100_000*(s+1))
				if s == 4 && pictureEvery > 0 && i%pictureEvery == 0 {
					_, _ = random.Read(picture)
					fmt.Fprintf(b, `,"embeddings":[{"mime_type":"image/png","data":%q}]`, base64.StdEncoding.EncodeToString(picture))
				}
				b.WriteString("}")
			}
			b.WriteString("]}")
		}
		b.WriteString("]}")
	}
	b.WriteString("]\n")
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func pathOf(f int) string { return fmt.Sprintf("features/a%d/f%d.feature", f%10, f) }

// wideRepo has one commit with many features; key says which issue scenario i of all links to.
func wideRepo(t testing.TB, names, n int, key func(i int) int) (dir, sha string) {
	t.Helper()
	s := newRepo(t)
	files := make([]string, 0, 2*names)
	for f := range names {
		files = append(files, pathOf(f), featureText(fmt.Sprintf("Area %d", f), n, 0, func(i int) int { return key(f*n + i) }))
	}
	s.commit("main", "", files...)
	dir = s.close()
	return dir, git(t, "", "--git-dir", dir, "rev-parse", "main")
}

// TestPush: 10,000 scenarios through the CLI and the daemon, with and without pictures.
func TestPush(t *testing.T) {
	const names, n, bound = 200, 50, 300
	dir, sha := wideRepo(t, names, n, func(i int) int { return 1 + i/20 })
	d := startSyncd(t, "")
	d.run("repos", "add", gittest.Serve(t, dir, gittest.Partial), "--name", "shop", "--project", "SHOP", "--wait")
	d.stop()
	for _, kind := range []struct {
		name     string
		pictures int
	}{{"step-dense", 0}, {"attachment-heavy", 2}} {
		report := filepath.Join(t.TempDir(), "cucumber.json")
		writeReport(t, report, names, n, kind.pictures, 15_000)
		info, err := os.Stat(report)
		if err != nil {
			t.Fatal(err)
		}
		d := startSyncd(t, d.data)
		out, took, cli := d.run("results", "push", report, "--repo", "shop", "--commit", sha, "--build-id", kind.name, "--strict")
		if !strings.Contains(out, "10000") && !strings.Contains(out, "10,000") {
			t.Errorf("not all results were accounted for:\n%s", out)
		}
		note := fmt.Sprintf("report of %.0f MB", float64(info.Size())/1e6)
		tell(t, figure{part: "push", name: "10,000 scenarios, " + kind.name + ", stored and accounted for", value: took.Seconds(), unit: "s", atMost: 3, note: note})
		tell(t, figure{part: "push", name: "peak memory of the CLI, " + kind.name, value: cli, unit: "MB", atMost: bound})
		tell(t, figure{part: "push", name: "peak memory of the daemon, " + kind.name, value: d.peak(), unit: "MB", atMost: bound, note: "started anew before the push"})
		d.stop()
		reading(t, kind.name, report)
	}
}

// TestHeavyPush: a report of 1 GB, nearly all of it pictures that are kept, through the CLI and the daemon.
func TestHeavyPush(t *testing.T) {
	const names, n, bound = 200, 50, 200
	dir, sha := wideRepo(t, names, n, func(i int) int { return 1 + i/20 })
	d := startSyncd(t, "")
	d.run("repos", "add", gittest.Serve(t, dir, gittest.Partial), "--name", "shop", "--project", "SHOP", "--wait")
	d.run("evidence", "SHOP", "--keep", "all")
	d.stop()
	report := filepath.Join(t.TempDir(), "cucumber.json")
	writeReport(t, report, names, n, 1, 73_000)
	info, err := os.Stat(report)
	if err != nil {
		t.Fatal(err)
	}
	d = startSyncd(t, d.data)
	out, took, cli := d.run("results", "push", report, "--repo", "shop", "--commit", sha, "--build-id", "heavy", "--strict")
	if !strings.Contains(out, "10000") && !strings.Contains(out, "10,000") {
		t.Errorf("not all results were accounted for:\n%s", out)
	}
	kept := 0
	err = filepath.WalkDir(d.data, func(_ string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if i, err := e.Info(); err == nil && i.Size() > 73_000 && i.Size() < 80_000 {
				kept++
			}
		}
		return err
	})
	if err != nil || kept != names*n {
		t.Errorf("%d of %d pictures were kept, %v", kept, names*n, err)
	}
	gigabytes := float64(info.Size()) / 1e9
	tell(t, figure{part: "push", name: "a report full of pictures, stored, accounted for and its pictures kept", value: took.Seconds() / gigabytes, unit: "s/GB", note: fmt.Sprintf("report of %.2f GB", gigabytes)})
	tell(t, figure{part: "push", name: "peak memory of the CLI, 1 GB", value: cli, unit: "MB", atMost: bound})
	tell(t, figure{part: "push", name: "peak memory of the daemon, 1 GB", value: d.peak(), unit: "MB", atMost: bound, note: "started anew before the push"})
	d.stop()
}

// reading compares report.Read with jq on the same file.
func reading(t *testing.T, kind, path string) {
	t.Helper()
	againstJQ(t, kind, path, func() {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		sum, err := report.Read(context.Background(), "r", file, func(report.Reported) error { return nil })
		if err != nil || sum.Results != 10_000 {
			t.Fatalf("%v %+v", err, sum)
		}
	})
}

// againstJQ compares what reads a file with jq on the same file, in turns.
func againstJQ(t *testing.T, kind, path string, read func()) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stand := func() { // where jq is not installed
		for d := json.NewDecoder(bytes.NewReader(text)); ; {
			var all any
			err := d.Decode(&all)
			if err == io.EOF {
				return
			}
			if err == nil {
				err = json.NewEncoder(io.Discard).Encode(all)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	name := "encoding/json, decoded and encoded again (jq is not installed)"
	if jq, err := exec.LookPath("jq"); err == nil {
		name = "jq -c ."
		stand = func() {
			if err := exec.Command(jq, "-c", ".", path).Run(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var ours, theirs []time.Duration
	for range 3 {
		start := time.Now()
		read()
		ours = append(ours, time.Since(start))
		start = time.Now()
		stand()
		theirs = append(theirs, time.Since(start))
	}
	our, their := percentile(ours, 0.5), percentile(theirs, 0.5)
	rate := func(d time.Duration) float64 { return float64(len(text)) / 1e6 / d.Seconds() }
	tell(t, figure{
		part: "reading", name: kind + ", ours × " + name, value: float64(their) / float64(our), unit: "×", atLeast: 3,
		note: fmt.Sprintf("%.0f and %.0f MB/s", rate(our), rate(their)),
	})
}
