package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	gitsync "github.com/behavepro/behavepro/sync"
)

// crashPlan is what a child does that is going to be killed: it takes a repository through its states, syncs each and sends
// results for it. A restarted child begins again with the state that was not done.
type crashPlan struct {
	Data   string
	Source string // the repository that is synced
	ID     behavepro.RepositoryID
	States []crashState
}

type crashState struct {
	Refs   map[string]behavepro.SHA
	Early  crashPush   // sent before its commit is known
	Pushes []crashPush // sent after
}

type crashPush struct {
	Commit behavepro.SHA
	Build  string
	Report string
}

// What a child tells on its standard output, a line each. Lines that were written survive its death.
const (
	tellOpens = "opens"
	tellSyncs = "syncs"
	tellPush  = "sends"
	tellAck   = "acknowledged" // and the build
	tellDone  = "done"         // and the state
	tellBad   = "bad"          // and what is wrong
)

// Variables of a child's environment.
const (
	crashPlanEnv  = "CRASH_PLAN"
	crashFromEnv  = "CRASH_FROM"  // the first state
	crashAckedEnv = "CRASH_ACKED" // builds that were acknowledged
)

// crashMain is the program of a child; it returns where this process is none.
func crashMain() {
	path := os.Getenv(crashPlanEnv)
	if path == "" {
		return
	}
	c := &crashChild{acked: map[string]bool{}}
	if err := c.run(context.Background(), path); err != nil {
		c.bad("%v", err)
		os.Exit(1)
	}
	os.Exit(0)
}

type crashChild struct {
	plan   crashPlan
	acked  map[string]bool
	store  *store.Store
	scope  *store.Scope
	repo   *catalog.Repository
	engine *gitsync.Engine
	ingest ingest.Ingest
}

// tell writes one line by one write, which a kill does not split.
func (c *crashChild) tell(words ...string) { fmt.Fprintln(os.Stdout, strings.Join(words, " ")) }

func (c *crashChild) bad(format string, args ...any) {
	c.tell(tellBad, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " | "))
}

func (c *crashChild) run(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &c.plan); err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv(crashFromEnv))
	if err != nil {
		return err
	}
	for _, build := range strings.Fields(os.Getenv(crashAckedEnv)) {
		c.acked[build] = true
	}
	c.tell(tellOpens)
	if err := c.open(ctx); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.read(reading, from-1)
	}()
	for i := from; i < len(c.plan.States); i++ {
		if err := c.state(ctx, i); err != nil {
			return fmt.Errorf("state %d: %w", i, err)
		}
		c.tell(tellDone, strconv.Itoa(i))
	}
	stop()
	<-read
	return c.store.Close()
}

func (c *crashChild) open(ctx context.Context) (err error) {
	if c.store, err = embedded.OpenDir(ctx, c.plan.Data, Kinds(), embedded.Options{}); err != nil {
		return err
	}
	if err := (&tenants{store: c.store}).ensure(ctx, behavepro.Local); err != nil {
		return err
	}
	if c.scope, err = c.store.Tenant(ctx, behavepro.Local); err != nil {
		return err
	}
	cat := catalog.Open(c.scope)
	c.ingest = ingest.Ingest{Catalog: cat}
	if c.repo, err = cat.Repository(ctx, c.plan.ID); errors.Is(err, behavepro.ErrNotFound) {
		c.repo = &catalog.Repository{ID: c.plan.ID, Name: "shop", First: "shop", URL: c.plan.Source, Projects: []behavepro.ProjectKey{"SHOP"}}
		err = cat.PutRepository(ctx, c.repo)
	}
	if err != nil {
		return err
	}
	c.engine, err = gitsync.NewEngine(gitsync.Options{Data: c.plan.Data, Outbound: outbound.Policy{}, LocalRoot: "/"})
	return err
}

// state does what people, CI and the daemon do with one state of the repository.
func (c *crashChild) state(ctx context.Context, i int) error {
	s := &c.plan.States[i]
	if err := c.point(ctx, s.Refs); err != nil {
		return err
	}
	if err := c.send(ctx, &s.Early); err != nil {
		return err
	}
	c.tell(tellSyncs)
	head, err := c.ingest.Catalog.Head(ctx, c.repo.ID)
	if err != nil {
		return err
	}
	if err := c.engine.Sync(ctx, c.ingest.Catalog, gitsync.Request{Repository: c.repo.ID, Fence: head.Fence + 1}); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	c.tell(tellPush)
	if err := c.ingest.Rematch(ctx, c.repo); err != nil {
		return fmt.Errorf("match: %w", err)
	}
	for j := range s.Pushes {
		if err := c.send(ctx, &s.Pushes[j]); err != nil {
			return err
		}
	}
	return nil
}

// point moves the branches. A git that outlived a child before this one may still hold a lock.
func (c *crashChild) point(ctx context.Context, refs map[string]behavepro.SHA) (err error) {
	var lines strings.Builder
	old, err := exec.CommandContext(ctx, "git", "-C", c.plan.Source, "for-each-ref", "--format=%(refname:short)", "refs/heads").Output()
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(old)) {
		if _, stays := refs[name]; !stays {
			fmt.Fprintf(&lines, "delete refs/heads/%s\n", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		fmt.Fprintf(&lines, "update refs/heads/%s %s\n", name, refs[name])
	}
	for range 50 {
		cmd := exec.CommandContext(ctx, "git", "-C", c.plan.Source, "update-ref", "--stdin")
		cmd.Stdin = strings.NewReader(lines.String())
		var out []byte
		if out, err = cmd.CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("move branches: %w: %s", err, out)
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// send sends results as CI does, which repeats a push that was not acknowledged. One that was acknowledged has to be known.
func (c *crashChild) send(ctx context.Context, p *crashPush) error {
	c.tell(tellPush)
	sent := false
	next := func() (string, io.Reader, error) {
		if sent {
			return "", nil, io.EOF
		}
		sent = true
		return "report.json", strings.NewReader(p.Report), nil
	}
	up := ingest.Upload{Push: catalog.Push{Repository: c.repo.ID, Commit: p.Commit, Build: p.Build}}
	stored, repeated, err := c.ingest.Accept(ctx, up, next, time.Now())
	if err != nil {
		return fmt.Errorf("send %s: %w", p.Build, err)
	}
	if c.acked[p.Build] && !repeated {
		c.bad("push %s was acknowledged, and lost", p.Build)
	}
	c.tell(tellAck, p.Build)
	c.acked[p.Build] = true
	if err := c.ingest.Match(ctx, stored); err != nil {
		return fmt.Errorf("match %s: %w", p.Build, err)
	}
	return nil
}

// read looks again and again: it has to see all refs of one state, never an older one than before, and every file of them.
func (c *crashChild) read(ctx context.Context, seen int) {
	known := map[string]int{}
	for i := range c.plan.States {
		known[refText(c.plan.States[i].Refs)] = i
	}
	ticker := time.NewTicker(3 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := func() error {
			cat := catalog.Open(c.scope) // nothing is cached
			head, err := cat.Head(ctx, c.repo.ID)
			if err != nil || head.RefSet.IsZero() {
				return err
			}
			list, err := cat.Refs(ctx, c.repo.ID, head.RefSet)
			if err != nil {
				return err
			}
			refs := map[string]behavepro.SHA{}
			for _, r := range list {
				refs[r.Name] = r.SHA
			}
			i, ok := known[refText(refs)]
			if !ok || i < seen || i > seen+2 {
				return fmt.Errorf("a reader sees state %d (%v) after %d: %v", i, ok, seen, refs)
			}
			seen = i
			one := list[rand.IntN(len(list))]
			_, err = cat.Files(ctx, catalog.At{Repository: c.repo, Ref: one.Name, SHA: one.SHA, Head: head})
			return err
		}()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			c.bad("read: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func refText(refs map[string]behavepro.SHA) string {
	var out strings.Builder
	for _, name := range slices.SortedFunc(maps.Keys(refs), cmp.Compare[string]) {
		fmt.Fprintln(&out, name, refs[name])
	}
	return out.String()
}
