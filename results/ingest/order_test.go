package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/ingest"
)

// sent is one push of a random life of a repository: which commit, which run, and what it says of card and cash ("" is nothing).
type sent struct {
	commit     int
	os         string
	run        string
	shard      string
	of         int
	attempt    int
	started    time.Time
	card, cash string
	closes     bool
}

// life is what happens to a repository, whatever the order.
type life struct {
	commits []behavepro.SHA // parents first
	pushes  []sent
}

func randomLife(random *rand.Rand) *life {
	l := &life{}
	for n := range 3 {
		l.commits = append(l.commits, behavepro.SHA{byte(n + 1), 0xaa})
	}
	status := func() string { return []string{"", "passed", "failed", "skipped"}[random.IntN(4)] }
	for n := 0; n < 8; {
		p := sent{
			commit: random.IntN(len(l.commits)), os: []string{"", "Linux"}[random.IntN(2)], run: []string{"nightly", "quick"}[random.IntN(2)],
			attempt: random.IntN(3), started: clock.Add(time.Duration(n) * time.Minute), card: status(), cash: status(),
		}
		if random.IntN(2) == 0 {
			p.shard, p.of = fmt.Sprint(1+random.IntN(2)), 2
		}
		if slices.ContainsFunc(l.pushes, p.repeats) {
			continue // the same push once more counts once: live sends some twice
		}
		l.pushes = append(l.pushes, p)
		n++
	}
	l.pushes = append(l.pushes, sent{commit: random.IntN(len(l.commits)), run: "nightly", closes: true, started: clock})
	return l
}

// repeats reports whether two pushes are one, sent twice: when the tests started is no part of what a push is.
func (s *sent) repeats(other sent) bool {
	other.started = s.started
	return *s == other
}

// report is what a push brings; nothing where it says nothing.
func (s *sent) report() map[string]string {
	var all []said
	if s.card != "" {
		all = append(all, said{"card", 3, s.card})
	}
	if s.cash != "" {
		all = append(all, said{"cash", 6, s.cash})
	}
	if s.closes {
		return nil
	}
	return map[string]string{"a.json": cucumber("features/pay.feature", "Pay", all...)}
}

func (s *sent) upload(l *life, repo behavepro.RepositoryID) ingest.Upload {
	up := ingest.Upload{Push: catalog.Push{
		Repository: repo, Commit: l.commits[s.commit], Run: s.run, Build: s.run, Shard: s.shard, Shards: s.of, Attempt: s.attempt, Started: s.started,
		Closes: s.closes,
	}}
	if s.os != "" {
		up.Push.Params = []behavepro.Param{{Name: "Os", Value: s.os}}
	}
	return up
}

// expected is the model: the current result of a scenario, and how many shards each run has.
func (l *life) expected() string {
	var out []string
	for name, says := range map[string]func(*sent) string{"card": func(s *sent) string { return s.card }, "cash": func(s *sent) string { return s.cash }} {
		status := behavepro.Status("")
		for _, os := range []string{"", "Linux"} {
			var best *sent
			for i := range l.pushes {
				p := &l.pushes[i]
				if p.os != os || says(p) == "" {
					continue
				}
				if best == nil || p.commit > best.commit || p.commit == best.commit && p.started.After(best.started) {
					best = p
				}
			}
			if best != nil {
				status = behavepro.Worse(status, behavepro.Status(says(best)))
			}
		}
		if status == "" {
			status = behavepro.NotRun
		}
		out = append(out, name+" "+string(status))
	}
	type name struct {
		commit  int
		run, os string
	}
	shards, closed, pushes := map[name]map[string]bool{}, map[name]bool{}, map[name]int{}
	for i := range l.pushes {
		p := &l.pushes[i]
		n := name{p.commit, p.run, p.os}
		if shards[n] == nil {
			shards[n] = map[string]bool{}
		}
		if p.shard != "" {
			shards[n][p.shard] = true
		}
		if p.closes {
			closed[n] = true
		} else {
			pushes[n]++
		}
	}
	for n, have := range shards {
		state := catalog.RunComplete
		if len(have) == 1 && !closed[n] {
			state = catalog.RunOpen
		}
		out = append(out, fmt.Sprintf("run %d %s %s: %s, %d shards, %d pushes", n.commit, n.run, n.os, state, len(have), pushes[n]))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// live lets everything happen in a random order: commits arrive parents first, pushes at any time, some twice.
func (l *life) live(k *kit, random *rand.Rand) {
	events := make([]int, 0, 32) // -1 is a commit, else a push
	for range l.commits {
		events = append(events, -1)
	}
	for n := range l.pushes {
		events = append(events, n)
		if random.IntN(3) == 0 {
			events = append(events, n)
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	known := 0
	for _, n := range events {
		if n >= 0 {
			p, _ := k.accept(l.pushes[n].upload(l, k.Repo.ID), l.pushes[n].report())
			k.addsUp(k.match(p))
			continue
		}
		var parents []behavepro.SHA
		if known > 0 {
			parents = l.commits[known-1 : known]
		}
		sha := k.CommitAs(l.commits[known], map[string]string{"features/pay.feature": payFeature}, parents...)
		known++
		k.Branch("main", map[string]behavepro.SHA{"main": sha})
		if random.IntN(2) == 0 {
			continue // this sync's look at what waits is lost: a sweep repeats it
		}
		if err := k.Rematch(context.Background(), k.Repo); err != nil {
			k.t.Fatal(err)
		}
	}
	if err := k.Rematch(context.Background(), k.Repo); err != nil {
		k.t.Fatal(err)
	}
}

// addsUp checks the accounting of a push, in numbers and one by one.
func (k *kit) addsUp(p *catalog.Push) {
	k.t.Helper()
	c := p.Counts
	if c.Matched+c.Ambiguous+c.Unmatched+c.RetryOf+c.Waiting != c.Read || c.Passed+c.Failed+c.Skipped != c.Matched {
		k.t.Errorf("the accounting of %s does not add up: %+v", p.ID, c)
	}
	if told := k.account(p); len(told) != c.Read {
		k.t.Errorf("%d results were read, %d are accounted for", c.Read, len(told))
	}
}

// ended says what a repository shows when all is over.
func (l *life) ended(k *kit) string {
	k.t.Helper()
	standing, err := k.Ingest.Catalog.Standing(context.Background(), k.At("main"))
	if err != nil {
		k.t.Fatal(err)
	}
	var out []string
	for _, f := range standing.Features {
		for i := range f.Scenarios {
			if v := &f.Scenarios[i]; v.Name != "tiers" {
				out = append(out, v.Name+" "+string(v.Status))
			}
		}
	}
	for n, commit := range l.commits {
		pushes, err := k.Ingest.Catalog.PushesOf(context.Background(), k.Repo.ID, commit)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, p := range pushes {
			if k.addsUp(p); p.State != catalog.PushMatched {
				k.t.Errorf("push %s is %s", p.ID, p.State)
			}
		}
		for _, r := range catalog.RunsOf(pushes, clock) {
			os := ""
			if len(r.Params) > 0 {
				os = r.Params[0].Value
			}
			out = append(out, fmt.Sprintf("run %d %s %s: %s, %d shards, %d pushes", n, r.Name, os, r.State, len(r.Shards), len(r.Pushes)))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestAnyOrderEndsTheSame: pushes, retries, shards, late commits and lost wake-ups in any order end in what a small model says.
func TestAnyOrderEndsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range testenv.Rounds[uint64](6, 300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := randomLife(rand.New(rand.NewPCG(seed, 1)))
			for order := range uint64(3) {
				k := newKit(t)
				l.live(k, rand.New(rand.NewPCG(seed, 2+order)))
				if got, want := l.ended(k), l.expected(); got != want {
					t.Fatalf("order %d ended in\n%s\nwant\n%s\nof %+v", order, got, want, l.pushes)
				}
			}
		})
	}
}

// TestSixteenPushesAtOnce: each is sent twice at the same time; none loses a result and none counts twice.
func TestSixteenPushesAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	n := testenv.Rounds(200, 10_000)
	var text strings.Builder
	text.WriteString("Feature: Big\n")
	all := make([]said, n)
	for i := range all {
		all[i] = said{fmt.Sprintf("scenario %d", i), 2 + 2*i, "passed"}
		fmt.Fprintf(&text, "  Scenario: %s\n    Given step %d\n", all[i].name, i)
	}
	commit := k.Commit(map[string]string{"big.feature": text.String()})
	k.Branch("main", map[string]behavepro.SHA{"main": commit})
	report := map[string]string{"a.json": cucumber("big.feature", "Big", all...)}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			up := ingest.Upload{Push: catalog.Push{Repository: k.Repo.ID, Commit: commit, Build: fmt.Sprint(i / 2)}}
			p, _, err := k.Accept(t.Context(), up, reports(maps.Clone(report)), clock)
			if err == nil {
				err = k.Match(t.Context(), p)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := k.Rematch(t.Context(), k.Repo); err != nil {
		t.Fatal(err)
	}
	pushes, err := k.Ingest.Catalog.PushesOf(t.Context(), k.Repo.ID, commit)
	if err != nil || len(pushes) != 16 {
		t.Fatalf("%d pushes, %v", len(pushes), err)
	}
	for _, p := range pushes {
		if c := p.Counts; c.Read != n || c.Matched != n || c.Passed != n {
			t.Errorf("push of build %s: %+v", p.Build, c)
		}
		if lines, err := k.Ingest.Catalog.Summary(t.Context(), p); err != nil || len(lines) != n {
			t.Errorf("push of build %s proves %d results: %v", p.Build, len(lines), err)
		}
	}
	standing, err := k.Ingest.Catalog.Standing(t.Context(), k.At("main"))
	if err != nil || standing.Tally.Passed != n || standing.Runs.Builds() != 16 {
		t.Errorf("standing: %+v %v", standing, err)
	}
}

// TestStandingOfSomePushes: a standing may be asked of some pushes only; what others proved is not known to it.
func TestStandingOfSomePushes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	commit := k.Commit(map[string]string{"features/pay.feature": payFeature})
	at := k.Branch("main", map[string]behavepro.SHA{"main": commit})
	for _, job := range []*behavepro.CIJob{nil, {}} {
		status := map[bool]string{true: "passed", false: "failed"}[job != nil]
		up := ingest.Upload{Push: catalog.Push{Commit: commit, OIDC: job, Build: status, Started: clock}}
		k.match(first(k.accept(up, map[string]string{"a.json": cucumber("features/pay.feature", "Pay", said{"card", 3, status})})))
	}
	for want, counts := range map[behavepro.Status]func(*catalog.Push) bool{
		behavepro.Passed: func(p *catalog.Push) bool { return p.OIDC != nil },
		behavepro.Failed: func(p *catalog.Push) bool { return p.OIDC == nil },
		behavepro.NotRun: func(*catalog.Push) bool { return false },
	} {
		s, err := k.Ingest.Catalog.StandingOf(t.Context(), at, counts)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Features[0].Scenarios[0]; got.Status != want || got.Flaky {
			t.Errorf("%s, flaky %v, want %s", got.Status, got.Flaky, want)
		}
	}
}

func first(p *catalog.Push, _ bool) *catalog.Push { return p }
