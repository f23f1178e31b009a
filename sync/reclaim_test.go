package sync

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// reclaim is a tenant in which people write, test, connect and remove, beside a model of what must be stored.
type reclaim struct {
	*bench
	scope   *store.Scope
	service *Service
	rand    *rand.Rand
	now     time.Time
	steps   []string
	fence   int64
	changed bool // since all was read

	origins []*workplace
	all     []*connected              // removed ones, too
	swept   catalog.Day               // the last sweep of the tenant
	blobs   map[string]catalog.Day    // those that are stored, and when each was last seen
	of      map[string]*commitContent // by repository name and commit

	sweptCommits, sweptBlobs, dropped, returned int
}

func newReclaim(t *testing.T, seed uint64) *reclaim {
	st := storetest.NewStore(t, slices.Concat(catalog.Kinds(), jobs.Kinds())...)
	scope, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	h := &reclaim{
		scope: scope, rand: rand.New(rand.NewPCG(seed, 11)), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		blobs: map[string]catalog.Day{}, of: map[string]*commitContent{},
	}
	e, err := NewEngine(Options{
		Data: t.TempDir(), Outbound: outbound.Policy{AllowPrivate: true}, LocalRoot: "/", Now: func() time.Time { return h.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	h.bench = &bench{t: t, catalog: catalog.Open(scope), engine: e}
	h.service = &Service{
		Engine: e, Queue: jobs.New(st.Directory()),
		Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return h.catalog, nil },
		Awaited: func(_ context.Context, _ behavepro.TenantID, id behavepro.RepositoryID) (commits []behavepro.SHA, _ error) {
			waiting, err := h.catalog.WaitingPushes(t.Context(), id)
			for _, p := range waiting {
				commits = append(commits, p.Commit)
			}
			return commits, err
		},
	}
	for n := range 2 {
		o := newWorkplace(gittest.New(t), h.rand)
		if o.url = o.Dir; n == 1 {
			o.url = gittest.Serve(t, o.Dir, gittest.Partial)
		}
		h.origins = append(h.origins, o)
	}
	return h
}

// TestReclaim lets people write, move branches, push results, connect and remove repositories in a random order while days pass, and
// compares what is stored with a model of it: whatever a ref set of the last 30 days or a run reaches stays readable, and nothing
// else stays longer than it must.
func TestReclaim(t *testing.T) {
	t.Parallel()
	var commits, blobs, dropped, returned atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for seed := range testenv.Rounds[uint64](1, 5) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				h := newReclaim(t, seed)
				defer func() {
					if t.Failed() {
						t.Logf("seed %d:\n%s", seed, strings.Join(h.steps, "\n"))
					}
				}()
				h.run(testenv.Rounds(60, 90))
				commits.Add(int64(h.sweptCommits))
				blobs.Add(int64(h.sweptBlobs))
				dropped.Add(int64(h.dropped))
				returned.Add(int64(h.returned))
			})
		}
	})
	did := fmt.Sprintf("swept %d commits and %d feature files, dropped %d repositories, %d commits came back", commits.Load(), blobs.Load(), dropped.Load(), returned.Load())
	t.Log(did)
	if commits.Load() < 20 || blobs.Load() < 5 || dropped.Load() < 2 || returned.Load() < 2 {
		t.Errorf("%s: it proves nothing", did)
	}
}

func (h *reclaim) run(steps int) {
	for _, name := range []string{"shop", "web", "copy"} {
		h.connect(name)
		h.sync(h.all[len(h.all)-1])
	}
	for range steps {
		h.now = h.now.Add(time.Minute)
		h.step()
		if h.verify(); h.t.Failed() {
			return
		}
	}
	h.say("the end")
	h.days(catalog.KeepDays + 4)
	h.verify()
}

func (h *reclaim) say(format string, args ...any) {
	h.steps = append(h.steps, fmt.Sprintf("%3d %s ", len(h.steps), h.now.Format("2006-01-02 15:04"))+fmt.Sprintf(format, args...))
}

func (h *reclaim) today() catalog.Day { return catalog.DayOf(h.now) }

// living are the repositories that are connected.
func (h *reclaim) living() []*connected {
	return slices.DeleteFunc(slices.Clone(h.all), func(c *connected) bool { return c.removed > 0 })
}

func (h *reclaim) step() {
	c := pick(h.rand, h.living())
	switch h.rand.IntN(24) {
	case 0:
		h.replace(c)
	case 1:
		h.push(c)
	case 2, 3:
		h.pushLate(c)
	case 4:
		h.say("sweep")
		h.sweep()
	case 5:
		n := 1 + h.rand.IntN(20)
		h.now = h.now.AddDate(0, 0, n)
		h.say("%d days without a sweep", n)
	case 6, 7, 8, 9, 10, 11:
		n := 1 + h.rand.IntN(20)
		h.say("%d days", n)
		h.days(n)
	default:
		h.work()
	}
}

// work is what people do between two looks at their repositories.
func (h *reclaim) work() {
	h.t.Helper()
	for range 1 + h.rand.IntN(6) {
		if did := pick(h.rand, h.origins).change(); did != "" {
			h.say("%s", did)
		}
	}
	for _, c := range h.living() {
		if h.rand.IntN(4) > 0 {
			h.say("sync %s", c.repo.Name)
			h.sync(c)
		}
	}
}

// days passes days with a sweep on each.
func (h *reclaim) days(n int) {
	for range n {
		h.now = h.now.AddDate(0, 0, 1)
		if h.sweep(); h.t.Failed() {
			return
		}
	}
}

func (h *reclaim) connect(name string) {
	h.t.Helper()
	o := h.origins[len(name)%2] // shop and copy are one
	repo, _, err := h.service.Add(h.t.Context(), behavepro.Change{}, behavepro.Local, NewRepository{URL: o.url, Name: name, Projects: []behavepro.ProjectKey{"SHOP"}, AllowLocal: true})
	if err != nil {
		h.t.Fatal(err)
	}
	h.all = append(h.all, &connected{repo: repo, origin: o, indexed: map[string]catalog.Day{}, ever: map[string]bool{}})
}

// replace removes a repository and, most times, adds it again under its name.
func (h *reclaim) replace(c *connected) {
	h.t.Helper()
	name := c.repo.Name
	if again := h.rand.IntN(4) > 0 || len(h.living()) == 1; again {
		h.say("remove and add %s", name)
		h.remove(c)
		h.connect(name)
		return
	}
	h.say("remove %s", name)
	h.remove(c)
}

func (h *reclaim) remove(c *connected) {
	h.t.Helper()
	if err := h.service.Remove(h.t.Context(), behavepro.Local, c.repo.ID); err != nil {
		h.t.Fatal(err)
	}
	c.removed, h.changed = h.today(), true
	left, err := h.service.Queue.List(h.t.Context(), func(j *jobs.Job) bool { return j.Repository == c.repo.ID })
	if err != nil || len(left) > 0 {
		h.t.Errorf("jobs of %s, which was removed: %v, %v", c.repo.Name, left, err)
	}
}

// sync runs a sync and, as the daemon does after it, matches what waited.
func (h *reclaim) sync(c *connected) {
	h.t.Helper()
	h.fence++
	kind := JobSync
	if len(c.log) == 0 {
		kind = JobImport
	}
	job := jobs.Job{Request: jobs.Request{Kind: kind, Tenant: behavepro.Local, Repository: c.repo.ID}, Fence: h.fence}
	if err := h.service.doSync(h.t.Context(), job); err != nil {
		h.t.Fatalf("sync %s: %v", c.repo.Name, err)
	}
	h.changed = true
	before := len(c.indexed)
	var came []string
	for _, p := range c.results {
		if p.push.State == catalog.PushWaiting && h.known(c, p.push.Commit) {
			came = append(came, p.push.Commit.String())
		}
	}
	h.returned += c.sync(h.today(), came...)
	if len(c.indexed) > before {
		h.learn(c)
	}
	for _, p := range c.results {
		if _, known := c.indexed[p.push.Commit.String()]; known && p.push.State == catalog.PushWaiting {
			h.match(c, p)
		}
	}
}

// sweep does what the daily jobs do, of all repositories and of the tenant in any order.
func (h *reclaim) sweep() {
	h.t.Helper()
	living := h.living()
	for _, i := range h.rand.Perm(len(living) + 1) {
		var err error
		if i == len(living) {
			_, err = h.catalog.SweepTenant(h.t.Context(), h.now)
			h.sweepTenant()
		} else {
			_, err = h.catalog.SweepRepository(h.t.Context(), living[i].repo, h.now)
			n := living[i].sweep(h.today())
			h.sweptCommits += n
			h.changed = h.changed || n > 0
		}
		if err != nil {
			h.t.Fatalf("%s: %v", h.now, err)
		}
	}
	h.tally()
}

func (h *reclaim) sweepTenant() {
	due := h.today()-h.swept <= sweptWithin
	if h.swept = h.today(); !due {
		return
	}
	named := map[string]bool{}
	for _, c := range h.all {
		if !c.gone && c.removed > 0 && h.today()-c.removed > catalog.KeepDays {
			c.gone, h.changed = true, true
			h.dropped++
		}
		for sha := range c.indexed {
			if !c.gone {
				h.content(c, sha).name(named)
			}
		}
	}
	for blob, seen := range h.blobs {
		if !named[blob] && h.today()-seen > catalog.KeepDays {
			delete(h.blobs, blob)
			h.sweptBlobs++
			h.changed = true
		}
	}
}

// push tells and matches results of a commit that is known.
func (h *reclaim) push(c *connected) {
	h.t.Helper()
	var known []string
	for _, sha := range c.origin.order {
		if _, ok := c.indexed[sha]; ok {
			known = append(known, sha)
		}
	}
	if len(known) == 0 {
		return
	}
	sha := pick(h.rand, known)
	h.say("push results of %s to %s", sha, c.repo.Name)
	h.match(c, h.put(c, sha))
}

// pushLate tells results of a commit that a sweep deleted: they wait for the next sync.
func (h *reclaim) pushLate(c *connected) {
	h.t.Helper()
	var lost []string
	for _, sha := range c.origin.order {
		if _, ok := c.indexed[sha]; !ok && c.ever[sha] {
			lost = append(lost, sha)
		}
	}
	if len(lost) == 0 {
		return
	}
	sha := pick(h.rand, lost)
	h.say("push late results of %s to %s", sha, c.repo.Name)
	h.put(c, sha)
}
