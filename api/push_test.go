package api_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
)

var unknown = behavepro.SHA{1, 2, 3}

func TestPush(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.client(h.token("results:write", "SHOP"))
	params := []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "JVM", Value: "17"}}
	sources := []client.Source{{Path: "features/cart.feature", Blob: catalogtest.BlobOf(cart)}}
	sent := 0
	acc, err := c.PushResults(t.Context(), client.Upload{
		Push: client.Push{
			Origin: "git@git.example.com:acme/shop.git", Commit: h.tip, TestedCommit: behavepro.SHA{7}, Params: params, Build: "7",
			BuildURL: "javascript:alert(1)", Sources: sources,
		},
		Files:  []client.ReportFile{file("dir/r 1.json", report), file("100%\r\nodd.xml", "no report")},
		OnSent: func(n int) { sent += n },
	})
	if err != nil {
		t.Fatal(err)
	}
	if acc.State != client.StateMatched || acc.Read != 1 || acc.Matched != 1 || acc.Repository != "acme/shop" || acc.Repeated {
		t.Errorf("got %+v", acc)
	}
	if len(acc.Results) != 1 || acc.Results[0].File != "dir/r 1.json" {
		t.Errorf("results %+v", acc.Results)
	}
	if len(acc.Unreadable) != 1 || acc.Unreadable[0].File != "100%\r\nodd.xml" {
		t.Errorf("unreadable %+v", acc.Unreadable)
	}
	if len(acc.Notes) != 1 || !strings.Contains(acc.Notes[0], "build URL") {
		t.Errorf("notes %q", acc.Notes)
	}
	if sent != len(report)+len("no report") {
		t.Errorf("%d bytes were told as sent", sent)
	}
	stored := h.pushes(h.shop.Repo.ID, h.tip)
	if len(stored) != 1 || stored[0].By != "ci" || cmp.Diff(params, stored[0].Params) != "" || stored[0].BuildURL != "" || stored[0].Build != "7" {
		t.Errorf("stored %+v", stored)
	}
	if acc.Results[0].Lineage == nil || *acc.Results[0].Lineage != h.shop.Lineage(h.tip, "Add a thing") {
		t.Errorf("lineage %v", acc.Results[0].Lineage)
	}
	issue, err := h.client(h.token("results:read", "SHOP")).Issue(t.Context(), "SHOP-1", "", "")
	if err != nil || len(issue.Scenarios) != 1 {
		t.Fatalf("got %+v, %v", issue, err)
	}
	s := issue.Scenarios[0]
	if s.Status != behavepro.Passed || s.Stale || s.LastRun == nil || s.LastRun.Build != "7" || cmp.Diff(params, s.LastRun.Params) != "" || s.LastRun.Commit != h.tip {
		t.Errorf("the issue shows %+v", s)
	}
}

// TestPushSource: a scenario that CI ran in other words than the commit's is told, not matched.
func TestPushSource(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	acc, err := h.client(h.token("results:write", "SHOP")).PushResults(t.Context(), client.Upload{
		Push: client.Push{
			Repository: "acme/shop", Commit: h.tip, Sources: []client.Source{{Path: "features/cart.feature", Blob: behavepro.SHA{9}}},
		},
		Files: []client.ReportFile{file("r.json", report)},
	})
	if err != nil || acc.Unmatched != 1 || acc.Results[0].Reason == "" {
		t.Errorf("got %+v, %v", acc, err)
	}
}

func TestPushWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.client(h.token("results:write,results:read", "SHOP"))
	up := client.Upload{Push: client.Push{Repository: "acme/shop", Commit: h.next}, Files: []client.ReportFile{file("r.json", report)}, IdempotencyKey: "k1"}
	acc, err := c.PushResults(t.Context(), up)
	if err != nil || acc.State != client.StateWaiting || acc.Waiting != 1 || len(acc.Results) != 1 || acc.Results[0].Accounting != behavepro.Waiting {
		t.Fatalf("got %+v, %v", acc, err)
	}
	if want := []string{"sync id-acme/shop"}; cmp.Diff(want, h.syncs.asked) != "" {
		t.Errorf("asked for %v, want %v", h.syncs.asked, want)
	}
	h.arrive()
	up.Push.WaitSeconds = 30
	again, err := c.PushResults(t.Context(), up)
	if err != nil || !again.Repeated || again.ID != acc.ID || again.State != client.StateMatched || again.Matched != 1 {
		t.Errorf("sent again, and its commit came: %+v, %v", again, err)
	}
	acc, err = c.PushStatus(t.Context(), acc.ID, 5e9)
	if err != nil || acc.State != client.StateMatched || acc.Passed != 1 {
		t.Errorf("its state: %+v, %v", acc, err)
	}
	runs, err := c.Runs(t.Context(), "acme/shop", h.next.String())
	if err != nil || len(runs.Runs) != 1 || runs.Runs[0].Matched != 1 || runs.Runs[0].ID != acc.ID {
		t.Errorf("runs %+v, %v", runs, err)
	}
}

func TestPushRepository(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		name, repo, origin string
		projects           []behavepro.ProjectKey
		want               behavepro.RepositoryID
		kind               error
	}{
		{"by name", "acme/pay", "", nil, "id-acme/pay", nil},
		{"by id", "id-acme/pay", "", nil, "id-acme/pay", nil},
		{"by origin", "", "ssh://git@git.example.com:2222/acme/pay.git", nil, "id-acme/pay", nil},
		{"the only one", "", "https://mirror.example.com/x", []behavepro.ProjectKey{"PAY"}, "id-acme/pay", nil},
		{"several", "", "", nil, "", behavepro.ErrInvalid},
		{"out of reach by origin", "", "https://git.example.com/acme/shop", []behavepro.ProjectKey{"NONE"}, "", behavepro.ErrNotFound},
		{"out of reach", "acme/shop", "", []behavepro.ProjectKey{"PAY"}, "", behavepro.ErrNotFound},
		{"unknown", "acme/none", "", nil, "", behavepro.ErrNotFound},
	} {
		acc, err := h.client(h.token("results:write", c.projects...)).PushResults(t.Context(), client.Upload{
			Push: client.Push{Repository: c.repo, Origin: c.origin, Commit: h.tip, Build: c.name}, Files: []client.ReportFile{file("r.json", report)},
		})
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.kind)
		}
		if c.kind == nil && "id-"+acc.Repository != string(c.want) {
			t.Errorf("%s: pushed to %s, want %s", c.name, acc.Repository, c.want)
		}
	}
}

func TestOldUpload(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key := h.token("results:write", "SHOP")
	for _, c := range []struct {
		name, path string
		header     http.Header
		want       int
		params     []behavepro.Param
	}{
		{"as documented", "/REST/1.0/bdd/report", http.Header{
			"X-Api-Key": {key}, "X-Commit-Id": {strings.ToUpper(h.tip.String())}, "X-Build-Id": {"123"}, "X-Build-Url": {"https://ci.example.com/123"},
			"X-Param": {"Os=Linux", "JVM=Java 1.8"}, "Content-Type": {"application/x-www-form-urlencoded"},
		}, 200, []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "JVM", Value: "Java 1.8"}}},
		{"one header of params", "/rest/behavepro/1.0/bdd", http.Header{
			"X-Api-Key": {key}, "X-Commit-Id": {h.tip.String()}, "X-Param": {"Os=Linux, Browser=Firefox, ESR"},
		}, 200, []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "Browser", Value: "Firefox, ESR"}}},
		{"unknown commit", "/REST/1.0/bdd/report", http.Header{"X-Api-Key": {key}, "X-Commit-Id": {unknown.String()}}, 202, nil},
		{"no commit", "/REST/1.0/bdd/report", http.Header{"X-Api-Key": {key}}, 400, nil},
		{"no key", "/REST/1.0/bdd/report", http.Header{"X-Commit-Id": {h.tip.String()}}, 401, nil},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.server.URL+c.path, bytes.NewReader([]byte(report)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = c.header
		status, body := send(t, req)
		if status != c.want || !strings.HasPrefix(body, "{") {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
		if status >= 400 {
			continue
		}
		commit, err := behavepro.ParseSHA(strings.ToLower(c.header.Get("X-Commit-Id")))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.pushes(catalog.ForProjects([]behavepro.ProjectKey{"SHOP"}), commit); !slices.ContainsFunc(got, func(p *catalog.Push) bool { return cmp.Diff(c.params, p.Params) == "" }) {
			t.Errorf("%s: stored %+v", c.name, got)
		}
		if own := h.pushes(h.shop.Repo.ID, commit); c.want == 200 && len(own) == 0 {
			t.Errorf("%s: the repository got no run", c.name)
		}
	}
}

// TestBrokenUploads: what is wrong with an upload is the sender's, said as such.
func TestBrokenUploads(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := h.token("results:write")
	part := func(name, body string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + body + "\r\n"
	}
	push := part("push", `{"repository":"acme/shop","commit":"`+h.tip.String()+`"}`)
	for name, c := range map[string]struct {
		encoding, body string
		want           int
	}{
		"whole":              {"", push + part("file", report) + "--b--\r\n", 200},
		"no description":     {"", part("file", report) + "--b--\r\n", 400},
		"cut off":            {"", push + part("file", report)[:60], 400},
		"no commit":          {"", part("push", `{"repository":"acme/shop"}`) + "--b--\r\n", 400},
		"an unknown part":    {"", push + part("other", "x") + "--b--\r\n", 400},
		"not zstd":           {"zstd", push + "--b--\r\n", 400},
		"not gzip":           {"gzip", push + "--b--\r\n", 400},
		"an unknown packing": {"br", push + "--b--\r\n", 422},
		"not JSON":           {"", part("push", `{`) + "--b--\r\n", 400},
		"empty":              {"", "", 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+"/api/v1/results", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		req.Header.Set("Authorization", "Bearer "+token)
		if c.encoding != "" {
			req.Header.Set("Content-Encoding", c.encoding)
		}
		if status, body := send(t, req); status != c.want {
			t.Errorf("%s: %d, want %d: %s", name, status, c.want, body)
		}
	}
}
