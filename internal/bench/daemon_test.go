//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/behavepro/behavepro/internal/testenv"
)

// built is the folder of the two commands.
var built = sync.OnceValues(func() (string, error) { return testenv.Commands("syncd", "behavepro") })

func command(t testing.TB, name string) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// daemon is a running syncd.
type daemon struct {
	t    testing.TB
	data string
	url  string
	cmd  *exec.Cmd
}

// startSyncd starts syncd on a data folder, "" for a new one.
func startSyncd(t testing.TB, data string, flags ...string) *daemon {
	t.Helper()
	if data == "" {
		data = filepath.Join(t.TempDir(), "data")
	}
	d := &daemon{t: t, data: data}
	d.cmd = exec.Command(command(t, "syncd"), "serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics-listen", "off", "--allow-private-hosts")
	d.cmd.Args = append(d.cmd.Args, flags...)
	var log bytes.Buffer
	d.cmd.Stderr = &log
	_ = os.Remove(filepath.Join(data, "address"))
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Logf("the daemon said:\n%s", log.Bytes()[max(0, log.Len()-4000):])
		}
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(filepath.Join(data, "address")); err == nil {
			d.url = strings.TrimSpace(string(text))
			return d
		}
	}
	t.Fatal("the daemon did not start")
	return nil
}

func (d *daemon) stop() {
	if d.cmd.ProcessState == nil {
		_ = d.cmd.Process.Signal(syscall.SIGTERM)
		_ = d.cmd.Wait()
	}
}

// peak is the most memory that the daemon has had, in MB.
func (d *daemon) peak() float64 {
	d.t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(d.cmd.Process.Pid) + "/status")
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kB, _ := strconv.ParseFloat(fields[1], 64)
			return kB * 1024 / 1e6
		}
	}
	d.t.Fatal("no VmHWM")
	return 0
}

// peakTo is set for a copy of this program that runs another and writes that one's peak memory into a file, in kB. A program's peak
// begins with what it was forked from, which is a lot here after some benchmarks, and little there.
const peakTo = "BENCH_PEAK_TO"

func runMeasured(file string) int {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if err := os.WriteFile(file, []byte(strconv.FormatInt(peak, 10)), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// run runs the CLI against the daemon; peak is its peak memory in MB.
func (d *daemon) run(args ...string) (out string, took time.Duration, peak float64) {
	d.t.Helper()
	self, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	dir := d.t.TempDir()
	file := filepath.Join(d.t.TempDir(), "peak")
	cmd := exec.Command(self, append([]string{command(d.t, "behavepro")}, append(args, "--data", d.data)...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), peakTo+"="+file)
	start := time.Now()
	text, err := cmd.CombinedOutput()
	took = time.Since(start)
	if err != nil {
		d.t.Fatalf("behavepro %v: %v\n%s", args, err, text)
	}
	kB, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	n, err := strconv.ParseFloat(string(kB), 64)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text), took, n * 1024 / 1e6
}

// browser is a client with a session of the pages.
func (d *daemon) browser() *http.Client {
	d.t.Helper()
	link, err := exec.Command(command(d.t, "syncd"), "open", "--data", d.data).Output()
	if err != nil {
		d.t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the page may stay cold
	resp, err := c.Get(strings.TrimSpace(string(link)))
	if err != nil {
		d.t.Fatal(err)
	}
	_ = resp.Body.Close()
	c.CheckRedirect = nil
	if resp.StatusCode != http.StatusSeeOther {
		d.t.Fatalf("the link of the pages: %s", resp.Status)
	}
	return c
}
