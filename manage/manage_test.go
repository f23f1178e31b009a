package manage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/manage"
	"github.com/behavepro/behavepro/store/storetest"
	gitsync "github.com/behavepro/behavepro/sync"
	"github.com/behavepro/behavepro/sync/gittest"
)

// env is a manager on real packages, whose store fails when a test says so.
type env struct {
	t        *testing.T
	faulty   *storetest.Faulty
	catalog  *catalog.Catalog
	registry *access.Registry
	queue    *jobs.Queue
	service  *gitsync.Service
	manager  *manage.Manager
	data     string
	spec     gitsync.NewRepository
	now      time.Time
	told     int // how often Removed was called
}

func newEnv(t *testing.T) *env {
	t.Helper()
	git := gittest.New(t)
	git.Commit("one", "a.feature", "Feature: A\n  Scenario: One\n    Given it\n")
	e := &env{t: t, data: t.TempDir(), now: time.Now()}
	st, faulty := storetest.NewFaultyStore(t, slices.Concat(access.Kinds(), jobs.Kinds(), catalog.Kinds())...)
	scope, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return e.now }
	engine, err := gitsync.NewEngine(gitsync.Options{Data: e.data, LocalRoot: filepath.Dir(git.Dir), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	e.faulty, e.catalog, e.registry, e.queue = faulty, catalog.Open(scope), access.New(st.Directory()), jobs.New(st.Directory())
	e.service = &gitsync.Service{Engine: engine, Queue: e.queue, Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return e.catalog, nil }}
	e.manager = &manage.Manager{Hooks: e.registry, Repositories: e.service, Removed: func(context.Context, behavepro.TenantID, behavepro.RepositoryID) error {
		e.told++
		return nil
	}}
	e.service.Removed = e.manager.Forget
	e.spec = gitsync.NewRepository{
		URL: git.Dir, Name: "shop", Projects: []behavepro.ProjectKey{"SHOP"}, AllowLocal: true,
		Credential: catalog.Credential{User: "ci", Token: behavepro.NewSecret("secret")},
	}
	return e
}

func (e *env) connect() (manage.Connected, error) {
	return e.manager.Connect(e.t.Context(), behavepro.Change{At: e.now}, behavepro.Local, e.spec)
}

// sweep runs the tenant's daily sweep until leftovers are due.
func (e *env) sweep() {
	e.t.Helper()
	for range 4 {
		e.now = e.now.Add(24 * time.Hour)
		if err := e.service.Handlers()[gitsync.JobTidy].Do(e.t.Context(), jobs.Job{Request: jobs.Request{Tenant: behavepro.Local}}); err != nil {
			e.t.Fatal(err)
		}
	}
}

// held lists what is stored of repositories; ids names them.
func (e *env) held(ids ...behavepro.RepositoryID) (all []string) {
	e.t.Helper()
	ctx := e.t.Context()
	fail := func(err error) {
		if err != nil {
			e.t.Fatal(err)
		}
	}
	listed, err := e.catalog.Repositories(ctx)
	fail(err)
	for _, r := range listed {
		all = append(all, "repository")
		ids = append(ids, r.ID)
	}
	removed, err := e.catalog.Removed(ctx, e.now.AddDate(0, 0, 10)) // those that never were connected to the end, too
	fail(err)
	ids = append(ids, removed...)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		credential, err := e.catalog.Credential(ctx, id)
		fail(err)
		if !credential.Token.IsZero() {
			all = append(all, "credential")
		}
		if _, err := e.registry.HookOf(ctx, behavepro.Local, id); !errors.Is(err, behavepro.ErrNotFound) {
			fail(err)
			all = append(all, "hook")
		}
		if state, err := e.catalog.SyncState(ctx, id); state.Phase != "" || err != nil {
			fail(err)
			all = append(all, "sync state")
		}
		left, err := e.queue.List(ctx, func(j *jobs.Job) bool { return j.Repository == id })
		fail(err)
		if len(left) > 0 {
			all = append(all, "jobs")
		}
		if _, err := os.Stat(filepath.Join(e.data, "mirrors", string(id))); err == nil {
			all = append(all, "mirror")
		}
	}
	return all
}

var whole = []string{"repository", "credential", "hook", "sync state", "jobs"}

// TestConnectIsWhole lets each write of a connection fail in each way: a repository is connected with all that belongs to it, or
// nothing of it is there.
func TestConnectIsWhole(t *testing.T) {
	t.Parallel()
	for _, fault := range storetest.Faults {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			for n := 1; ; n++ {
				e.faulty.Break(n, fault)
				_, err := e.connect()
				if !e.faulty.Mend() {
					if err != nil || !slices.Equal(e.held(), whole) {
						t.Errorf("without a fault: %v, holds %v", err, e.held())
					}
					if n < 6 {
						t.Errorf("only %d writes: it proves little", n-1)
					}
					return
				}
				if err == nil {
					t.Errorf("write %d failed unseen", n)
				}
				if fault == storetest.FullDisk { // nothing can be undone on it: the sweep does it
					if list, err := e.catalog.Repositories(t.Context()); err != nil {
						t.Fatal(err)
					} else if len(list) == 1 { // it is listed and can be removed
						if err := e.manager.Remove(t.Context(), behavepro.Local, list[0].ID); err != nil {
							t.Errorf("write %d: remove what was connected in part: %v", n, err)
						}
					}
					e.sweep()
				}
				if held := e.held(); len(held) > 0 {
					t.Fatalf("write %d failed: %v is left", n, held)
				}
			}
		})
	}
}

// TestRemoveIsWhole lets each write of a removal fail in each way: the repository stays as it was, or goes with all that belongs to it.
func TestRemoveIsWhole(t *testing.T) {
	t.Parallel()
	for _, fault := range storetest.Faults {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			var id behavepro.RepositoryID
			for n, done := 1, false; !done; n++ {
				if len(e.held()) == 0 {
					c, err := e.connect()
					if err != nil {
						t.Fatal(err)
					}
					id = c.Repository.ID
				}
				e.faulty.Break(n, fault)
				err := e.manager.Remove(t.Context(), behavepro.Local, id)
				hit := e.faulty.Mend()
				done = !hit
				if !hit && (err != nil || e.told == 0) {
					t.Fatalf("without a fault: %v, told %d times", err, e.told)
				}
				switch _, err := e.catalog.Repository(t.Context(), id); {
				case err == nil && !slices.Equal(e.held(id), whole):
					t.Fatalf("write %d failed: the repository stays, with %v", n, e.held(id))
				case errors.Is(err, behavepro.ErrNotFound):
					e.sweep()
					if held := e.held(id); len(held) > 0 {
						t.Fatalf("write %d failed: the repository went, and %v is left", n, held)
					}
				case err != nil:
					t.Fatal(err)
				}
				if done && n < 8 {
					t.Errorf("only %d writes: it proves little", n-1)
				}
			}
		})
	}
}

// TestFailedRemovalForgets: a removal that failed is no removal 30 days later either.
func TestFailedRemovalForgets(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	c, err := e.connect()
	if err != nil {
		t.Fatal(err)
	}
	e.faulty.Break(2, storetest.Nothing) // the first write notes what is to be swept
	if err := e.manager.Remove(t.Context(), behavepro.Local, c.Repository.ID); err == nil {
		t.Fatal("the removal did not fail")
	}
	e.faulty.Mend()
	for range catalog.KeepDays + 5 {
		e.now = e.now.Add(24 * time.Hour)
		if _, err := e.catalog.SweepTenant(t.Context(), e.now); err != nil {
			t.Fatal(err)
		}
	}
	if held := fmt.Sprint(e.held()); held != fmt.Sprint(whole) {
		t.Errorf("a month after a removal that failed: %v, want %v", held, whole)
	}
}
