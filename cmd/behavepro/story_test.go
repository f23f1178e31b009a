package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
	gitsync "github.com/behavepro/behavepro/sync"
)

// world is a whole server on a real store, with real syncs of a real repository.
type world struct {
	t    *testing.T
	data string // for --data
	repo string

	catalog *catalog.Catalog
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, data: t.TempDir(), repo: filepath.Join(t.TempDir(), "shop")}
	var kinds []*store.Kind
	for _, room := range [][]*store.Kind{catalog.Kinds(), access.Kinds(), jobs.Kinds()} {
		kinds = append(kinds, room...)
	}
	st := storetest.NewStore(t, kinds...)
	scope, err := st.Tenant(t.Context(), behavepro.Local)
	check(t, err)
	cat := catalog.Open(scope)
	w.catalog = cat
	catalogs := func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return cat, nil }
	engine, err := gitsync.NewEngine(gitsync.Options{Data: w.data, LocalRoot: filepath.Dir(w.repo)})
	check(t, err)
	queue := jobs.New(st.Directory())
	service := &gitsync.Service{Engine: engine, Queue: queue, Catalogs: catalogs}
	service.Synced = func(ctx context.Context, _ behavepro.TenantID, id behavepro.RepositoryID) error {
		repo, err := cat.Repository(ctx, id)
		if err != nil {
			return err
		}
		return ingest.Ingest{Catalog: cat}.Rematch(ctx, repo)
	}
	registry := access.New(st.Directory())
	_, err = registry.EnsureAdmin(t.Context(), w.data, time.Now())
	check(t, err)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.Handler = api.New(api.Options{
		Access: registry, Catalogs: catalogs, Repositories: service, Hosts: []string{server.Listener.Addr().String()}, PublicURL: "https://behave.example.com",
	})
	server.Start()
	check(t, os.WriteFile(filepath.Join(w.data, "address"), []byte(server.URL+"\n"), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- (&jobs.Runner{Queue: queue, Worker: "test", Handlers: service.Handlers()}).Run(ctx) }()
	t.Cleanup(func() {
		server.Close()
		cancel()
		check(t, <-done)
	})
	check(t, os.MkdirAll(w.repo, 0o700))
	w.git("init", "-q")
	return w
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = w.repo, append(os.Environ(), gitEnv...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) commit(path, text string) string {
	w.t.Helper()
	file := filepath.Join(w.repo, path)
	check(w.t, os.MkdirAll(filepath.Dir(file), 0o700))
	check(w.t, os.WriteFile(file, []byte(text), 0o600))
	w.git("add", ".")
	w.git("commit", "-qm", path)
	return w.git("rev-parse", "HEAD")
}

// run runs the command inside the repository and reads its document.
func (w *world) run(want int, into any, args ...string) string {
	w.t.Helper()
	out, errOut := w.print(want, append(args, "--json")...)
	if into != nil {
		if err := json.Unmarshal([]byte(out), into); err != nil {
			w.t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return errOut
}

// print runs the command inside the repository and returns what it prints.
func (w *world) print(want int, args ...string) (out, errOut string) {
	w.t.Helper()
	var stdout, stderr strings.Builder
	f := factory.New(strings.NewReader(""), &stdout, &stderr)
	f.Getenv, f.Bars = func(string) string { return "" }, true
	f.Dir = func() (string, error) { return w.repo, nil }
	if got := f.Execute(w.t.Context(), newCmdRoot(f), append(args, "--data", w.data)); got != want {
		w.t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, want, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

const storyFeature = `Feature: Cart

  @SHOP-1
  Scenario: Add
    Given a thing

  Scenario Outline: Many
    Given <n> things
    Examples:
      | n |
      | 1 |
      | 2 |
`

const storyReport = `[{"uri":"features/cart.feature","id":"cart","keyword":"Feature","name":"Cart","line":1,"elements":[
{"id":"cart;add","keyword":"Scenario","type":"scenario","name":"Add","line":4,"steps":[{"keyword":"Given ","name":"a thing","line":5,"result":{"status":"passed","duration":1}}]}]}]`

// TestStory connects a repository, pushes results before and after a sync saw their commit, and looks at the issue.
func TestStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.commit("features/cart.feature", storyFeature)
	report := filepath.Join(t.TempDir(), "report.json")
	check(t, os.WriteFile(report, []byte(storyReport), 0o600))

	var added client.AddedRepository
	w.run(0, &added, "repos", "add", w.repo, "--project", "SHOP", "--wait")
	if added.Repository.Name != "shop" || added.Repository.DefaultBranch != "main" || added.Hook.Secret == "" || added.Repository.Sync.Busy {
		t.Errorf("added %+v", added)
	}
	var list client.FeatureList
	w.run(0, &list, "features", "list", "--commit", first[:8])
	if list.Commit.String() != first || len(list.Features) != 1 || len(list.Features[0].Scenarios) != 2 || len(list.Features[0].Scenarios[1].Rows) != 2 {
		t.Errorf("features %+v", list)
	}

	var acc client.Accounting
	told := w.run(0, &acc, "results", "push", report, "--build-id", "7", "--param", "Os=Linux")
	if acc.State != client.StateMatched || acc.Matched != 1 || acc.Passed != 1 || acc.Results[0].Lineage == nil || !strings.Contains(told, "from git rev-parse HEAD") {
		t.Errorf("pushed %+v\n%s", acc, told)
	}
	var again client.Accounting
	w.run(0, &again, "results", "push", report, "--build-id", "7", "--param", "Os=Linux", "--strict")
	if !again.Repeated || again.ID != acc.ID {
		t.Errorf("pushed again %+v", again)
	}

	// A commit that no sync has seen is fetched because of the push.
	second := w.commit("features/cart.feature", "# moved down\n"+storyFeature)
	w.run(0, &acc, "results", "push", report, "--build-id", "8", "--wait", "30s")
	if acc.State != client.StateMatched || acc.Commit.String() != second {
		t.Errorf("pushed for a new commit %+v", acc)
	}

	var issue client.Issue
	w.run(0, &issue, "issues", "show", "shop-1")
	if len(issue.Scenarios) != 1 || issue.Scenarios[0].LastRun == nil || issue.Scenarios[0].Status != behavepro.Passed || issue.Scenarios[0].Commit.String() != second {
		t.Errorf("issue %+v", issue)
	}
	if issue.Scenarios[0].Lineage != *acc.Results[0].Lineage {
		t.Error("the issue and the accounting name other lineages")
	}
	var runs client.RunList
	w.run(0, &runs, "results", "list", "--commit", "main")
	if len(runs.Runs) != 1 || runs.Runs[0].Build != "8" {
		t.Errorf("runs %+v", runs)
	}

	// A commit that was never pushed anywhere waits, and --strict minds.
	w.run(3, &acc, "results", "push", report, "--commit", "00112233445566778899aabbccddeeff00112233", "--wait", "0s", "--strict")
	if acc.State != client.StateWaiting || acc.Waiting != 1 {
		t.Errorf("pushed for an unknown commit %+v", acc)
	}
	var gone client.RemovedRepository
	w.run(0, &gone, "repos", "remove", "shop", "--yes")
	w.run(2, nil, "repos", "show", "shop")
}
