//go:build bench

package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// TestLoad: pages while 50,000 scenarios and 1,000,000 results are stored. BENCH_DATA names a folder that keeps the store for
// another run.
func TestLoad(t *testing.T) {
	const (
		names, n   = 1000, 50
		issues     = 2000
		perIssue   = 20 // scenarios
		builds     = 7
		perSecond  = 200
		duration   = 10 * time.Second
		smallNames = 100
	)
	key := func(i int) int {
		if i < issues*perIssue {
			return 1 + i%issues
		}
		return 1_000_000 + i // an issue of its own, which nobody asks for
	}
	d := startSyncd(t, os.Getenv("BENCH_DATA"))
	push := func(name string, names, pushes int, key func(int) int) {
		dir, sha := wideRepo(t, names, n, key)
		d.run("repos", "add", gittest.Serve(t, dir, gittest.Partial), "--name", name, "--project", "SHOP", "--wait")
		report := filepath.Join(t.TempDir(), "cucumber.json")
		writeReport(t, report, names, n, 0, 0)
		for i := range pushes {
			d.run("results", "push", report, "--repo", name, "--commit", sha, "--strict",
				"--build-id", fmt.Sprint("build ", i/3), "--param", "Os="+[]string{"Linux", "macOS", "Windows"}[i%3])
		}
	}
	done := filepath.Join(d.data, "pushed")
	if _, err := os.Stat(done); err != nil {
		start := time.Now()
		push("shop", names, 3*builds, key)
		push("small", smallNames, 3, func(i int) int { return 2_000_000 + i/20 })
		t.Logf("%d results were pushed in %v", 3*builds*names*n+3*smallNames*n, time.Since(start).Round(time.Second))
		if err := os.WriteFile(done, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.stop()

	d = startSyncd(t, d.data)
	client := d.browser()
	first, whole := firstContent(t, client, d.url+"/repositories/small")
	tell(t, figure{part: "pages", name: "first content of a 5,000-scenario ref, first request after a start", value: millis(first), unit: "ms", atMost: 200, note: fmt.Sprintf("all of it after %.0f ms", millis(whole))})
	cold, _ := firstContent(t, client, d.url+"/repositories/shop")
	tell(t, figure{part: "pages", name: "first content of the 50,000-scenario ref", value: millis(cold), unit: "ms", note: "the first request for it; 1,050,000 results; no bound"})

	random := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(random, 1.1, 1, issues-1)
	pages := map[string]func() string{
		"issue page":           func() string { return fmt.Sprintf("/issues/SHOP-%d", 1+zipf.Uint64()) },
		"living documentation": func() string { return "/repositories/shop?path=" + pathOf(random.IntN(names)) },
		"overview":             func() string { return "/repositories/shop" },
	}
	for _, mix := range []struct {
		name string
		of   map[string]float64 // shares
	}{
		{"issue page", map[string]float64{"issue page": 1}},
		{"living documentation", map[string]float64{"living documentation": 0.9, "overview": 0.1}},
		{"both", map[string]float64{"issue page": 0.8, "living documentation": 0.18, "overview": 0.02}},
	} {
		next := func() string {
			x := random.Float64()
			for _, kind := range slices.Sorted(maps.Keys(mix.of)) {
				if x -= mix.of[kind]; x <= 0 {
					return pages[kind]()
				}
			}
			return pages["issue page"]()
		}
		load(t, client, d.url, next, perSecond, 2*time.Second) // warm
		all := load(t, client, d.url, next, perSecond, duration)
		tell(t, figure{
			part: "pages", name: fmt.Sprintf("%d requests/s, %s, p99", perSecond, mix.name), value: millis(percentile(all, 0.99)), unit: "ms", atMost: 25,
			note: fmt.Sprintf("median %.1f, p90 %.1f, worst %.0f ms of %d", millis(percentile(all, 0.5)), millis(percentile(all, 0.9)), millis(percentile(all, 1)), len(all)),
		})
	}
	tell(t, figure{part: "pages", name: "peak memory of the daemon", value: d.peak(), unit: "MB"})
	d.stop()
	panels(t, d.data, perSecond, duration)
}

// panels measures the issue panel through the signed door: each request has an address that Jira signed. Permissions are kept for a
// minute; Jira is asked for no more than 600 a minute.
func panels(t *testing.T, data string, perSecond int, duration time.Duration) {
	const issues, oneIn = 400, 20
	j := jiratest.Start(t, jiratest.Options{})
	j.AddProject(jiratest.Project{Key: "SHOP", Browse: []string{jiratest.Everybody}})
	for i := range issues {
		if _, _, err := j.AddIssue(jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", 1+i)}); err != nil {
			t.Fatal(err)
		}
	}
	own := filepath.Join(t.TempDir(), "data") // the site takes the tenant local over: a kept store stays as it was
	if text, err := exec.Command("cp", "-a", data, own).CombinedOutput(); err != nil {
		t.Fatalf("copy the store: %v\n%s", err, text)
	}
	d := startSyncd(t, own, "--jira-trial", j.BaseURL())
	j.MustInstall(t, d.url)
	approve := exec.Command(command(t, "syncd"), "tenant", "approve", strings.TrimPrefix(j.BaseURL(), "http://"), "--projects-of-local", "--data", d.data)
	if text, err := approve.CombinedOutput(); err != nil {
		t.Fatalf("approve: %v\n%s", err, text)
	}
	panel := func(account string, issue int) string {
		address, err := j.PanelURL(jiratest.Panel{Module: "scenarios", Account: account, Issue: fmt.Sprintf("SHOP-%d", 1+issue)})
		if err != nil {
			t.Fatal(err)
		}
		return address
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	random := rand.New(rand.NewPCG(8, 8))
	n := 0
	for _, kind := range []struct {
		name string
		next func() string
	}{
		{"permissions known", func() string { return panel("acc-dev", random.IntN(issues)) }},
		{"one of twenty asks Jira", func() string {
			if n++; n%oneIn == 0 {
				account := fmt.Sprintf("acc-%d", n) // whom nobody asked about before
				j.AddUser(jiratest.User{Account: account})
				return panel(account, random.IntN(issues))
			}
			return panel("acc-dev", random.IntN(issues))
		}},
	} {
		if n == 0 {
			warm := 0
			load(t, client, d.url, func() string { warm++; return panel("acc-dev", warm%issues) }, perSecond/2, issues*2*time.Second/time.Duration(perSecond))
		}
		all := load(t, client, d.url, kind.next, perSecond, duration)
		tell(t, figure{
			part: "panel in Jira", name: fmt.Sprintf("%d requests/s, %s, p99", perSecond, kind.name), value: millis(percentile(all, 0.99)), unit: "ms", atMost: 25,
			note: fmt.Sprintf("median %.1f, p90 %.1f, worst %.0f ms of %d", millis(percentile(all, 0.5)), millis(percentile(all, 0.9)), millis(percentile(all, 1)), len(all)),
		})
	}
}

// load sends requests at a steady rate, whatever is answered, and returns how long after its time each was answered whole.
func load(t *testing.T, client *http.Client, url string, next func() string, perSecond int, d time.Duration) []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	start := time.Now()
	for i := range int(d.Seconds() * float64(perSecond)) {
		at := start.Add(time.Duration(float64(i) * float64(time.Second) / float64(perSecond)))
		path := next()
		if strings.HasPrefix(path, "/") {
			path = url + path
		}
		time.Sleep(time.Until(at))
		group.Go(func() {
			resp, err := client.Get(path)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			took := time.Since(at)
			mu.Lock()
			defer mu.Unlock()
			if all = append(all, took); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("GET %s: %v", path, cmp.Or(err, fmt.Errorf("status %d", resp.StatusCode)))
			}
		})
	}
	group.Wait()
	return all
}

// firstContent is how long a page takes to show what is proven of it, and to end.
func firstContent(t *testing.T, client *http.Client, url string) (first, whole time.Duration) {
	t.Helper()
	start := time.Now()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	for part := make([]byte, 32<<10); err == nil; {
		var n int
		n, err = resp.Body.Read(part)
		if text.Write(part[:n]); first == 0 && strings.Contains(text.String(), "Proven at") {
			first = time.Since(start)
		}
	}
	if err != io.EOF || first == 0 || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v, %d bytes\n%s", url, resp.Status, err, text.Len(), text.Bytes()[:min(2000, text.Len())])
	}
	return first, time.Since(start)
}
