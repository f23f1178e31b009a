package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/server"
)

// most is what daemon and command may each take of memory for a report of half a gigabyte.
const most = 300 << 20

// TestLargeReports pushes reports of 500 MB of screenshots, as files, and looks at the peak of memory of both processes.
func TestLargeReports(t *testing.T) {
	testenv.OnlySlow(t)
	dir := t.TempDir()
	run := func(name string, args ...string) (string, *os.ProcessState) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = dir, append(append(os.Environ(), gitEnv...), "GIT_CEILING_DIRECTORIES="+dir)
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
		}
		return string(text), cmd.ProcessState
	}
	bin, err := testenv.Commands("syncd", "behavepro")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "local", "shop"), 0o700); err != nil {
		t.Fatal(err)
	}
	var feature strings.Builder
	feature.WriteString("Feature: A\n")
	const scenarios = 500
	for i := range scenarios {
		fmt.Fprintf(&feature, "  Scenario: S%d\n    Given a\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "local", "shop", "a.feature"), []byte(feature.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run("git", "init", "-q", "local/shop")
	run("git", "-C", "local/shop", "add", ".")
	run("git", "-C", "local/shop", "commit", "-qm", "one")
	sha, _ := run("git", "-C", "local/shop", "rev-parse", "HEAD")

	daemon := exec.CommandContext(t.Context(), filepath.Join(bin, "syncd"), "serve", "--data", "d", "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--local-root", "local")
	daemon.Dir = dir
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		if err := daemon.Wait(); err != nil {
			t.Errorf("syncd: %v", err)
		}
	}()
	for end := time.Now().Add(startTime); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(server.URLFile(filepath.Join(dir, "d"))); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal("syncd did not start")
		}
	}
	bp := filepath.Join(bin, "behavepro")
	run(bp, "--data", "d", "repos", "add", filepath.Join(dir, "local", "shop"), "--name", "shop", "--project", "SHOP", "--wait")
	for _, format := range []string{"report.json", "report.ndjson"} {
		writeScreenshots(t, filepath.Join(dir, format), scenarios)
		began := time.Now()
		text, state := run(bp, "--data", "d", "results", "push", format, "--commit", strings.TrimSpace(sha))
		if !regexp.MustCompile(`Matched +500 `).MatchString(text) {
			t.Errorf("%s: %s", format, text)
		}
		used := state.SysUsage().(*syscall.Rusage).Maxrss << 10
		peak := peakOf(t, daemon.Process.Pid)
		t.Logf("%s: %s; peak memory %d MB in the command, %d MB in the daemon", format, time.Since(began).Round(time.Millisecond), used>>20, peak>>20)
		if used > most || peak > most {
			t.Errorf("%s: %d bytes in the command, %d in the daemon, want at most %d", format, used, peak, most)
		}
	}
}

// writeScreenshots writes a report with an image of 1 MB for every scenario, as Cucumber JSON or Messages.
func writeScreenshots(t *testing.T, path string, scenarios int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	raw := make([]byte, 768<<10)
	if strings.HasSuffix(path, ".json") {
		fmt.Fprint(w, `[{"uri":"a.feature","name":"A","elements":[`)
	}
	for i := range scenarios {
		_, _ = rand.Read(raw)
		image := base64.StdEncoding.EncodeToString(raw)
		if strings.HasSuffix(path, ".json") {
			if i > 0 {
				fmt.Fprint(w, ",\n")
			}
			fmt.Fprintf(w, `{"type":"scenario","name":"S%d","line":%d,"steps":[{"name":"a","result":{"status":"passed"},"embeddings":[{"mime_type":"image/png","data":%q}]}]}`,
				i, 2*i+2, image)
			continue
		}
		const pickle = `{"pickle":{"id":"p%[1]d","uri":"a.feature","name":"S%[1]d","astNodeIds":[],"steps":[{"id":"ps%[1]d","text":"a","astNodeIds":[]}]}}` + "\n" +
			`{"testCase":{"id":"c%[1]d","pickleId":"p%[1]d","testSteps":[{"id":"s%[1]d","pickleStepId":"ps%[1]d"}]}}` + "\n" +
			`{"testCaseStarted":{"id":"t%[1]d","testCaseId":"c%[1]d","attempt":0,"timestamp":{"seconds":1,"nanos":0}}}` + "\n"
		fmt.Fprintf(w, pickle, i)
		fmt.Fprintf(w, `{"attachment":{"testCaseStartedId":"t%[1]d","testStepId":"s%[1]d","mediaType":"image/png","contentEncoding":"BASE64","body":%[2]q}}`+"\n", i, image)
		fmt.Fprintf(w, `{"testStepFinished":{"testCaseStartedId":"t%[1]d","testStepId":"s%[1]d","testStepResult":{"status":"PASSED","duration":{"seconds":0,"nanos":1}}}}`+"\n"+
			`{"testCaseFinished":{"testCaseStartedId":"t%[1]d","timestamp":{"seconds":2,"nanos":0}}}`+"\n", i)
	}
	if strings.HasSuffix(path, ".json") {
		fmt.Fprint(w, "]}]\n")
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// peakOf is the most memory that a process has had, in bytes.
func peakOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("the peak of memory is read from /proc: %v", err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		t.Fatal("no VmHWM in /proc")
	}
	kb, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
