package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

const (
	askedAtOnce = 1000 // issues, and projects, of one question
	keepGrant   = time.Minute
	keepRefusal = 10 * time.Second // who was just let in does not wait long
	maxKept     = 100_000
)

// atom is the smallest question: may this account do this to that?
type atom struct {
	account    string
	permission Permission
	kind       byte // 'g'lobal, 'i'ssue, 'p'roject
	id         int64
}

type kept struct {
	granted bool
	until   time.Time
}

// asked remembers answers, and what is being asked.
type asked struct {
	mu      sync.Mutex
	known   map[atom]kept
	flights map[atom]*flight
	budget  int
	minute  time.Time
	spent   int
}

// flight is a question under way, for all who ask the same.
type flight struct {
	done chan struct{}
	err  error
	told map[atom]bool
}

func (a *asked) init(budget int) {
	a.known, a.flights, a.budget = map[atom]kept{}, map[atom]*flight{}, budget
}

func (q *Question) atoms() []atom {
	var all []atom
	for _, p := range q.Global {
		all = append(all, atom{q.Account, p, 'g', 0})
	}
	for _, p := range q.Permissions {
		for _, id := range q.Issues {
			all = append(all, atom{q.Account, p, 'i', id})
		}
		for _, id := range q.Projects {
			all = append(all, atom{q.Account, p, 'p', id})
		}
	}
	return all
}

// Permissions asks what an account may do, in batches of 1000 issues and projects. Answers are kept for at most a minute, equal
// questions at one time are asked once, and no more than Options.Budget requests are sent in a minute. With an error nothing is
// granted; ids that Jira does not name are not granted.
func (c *Client) Permissions(ctx context.Context, q Question) (Grant, error) {
	atoms := q.atoms()
	told := make(map[atom]bool, len(atoms))
	for {
		missing, others, mine := c.asked.look(atoms, told, c.opt.Now())
		if mine != nil {
			asked := c.opt.Now()
			mine.told, mine.err = c.ask(ctx, q.Account, missing)
			c.asked.land(mine, missing, asked)
			if mine.err != nil {
				return Grant{}, fmt.Errorf("ask for permissions: %w", mine.err)
			}
			for _, a := range missing {
				told[a] = mine.told[a]
			}
		}
		again := false
		for _, f := range others {
			select {
			case <-f.done:
			case <-ctx.Done():
				return Grant{}, fmt.Errorf("ask for permissions: %w: %w", behavepro.ErrUnavailable, ctx.Err())
			}
			switch {
			case f.err == nil:
				for _, a := range atoms {
					if granted, ok := f.told[a]; ok {
						told[a] = granted
					}
				}
			case gaveUp(f.err): // the other one went away, not Jira
				again = true
			default:
				return Grant{}, fmt.Errorf("ask for permissions: %w", f.err)
			}
		}
		if !again {
			return grantOf(told), nil
		}
	}
}

func gaveUp(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// look fills told from what is known, and splits the rest into what others ask already and what the caller has to ask, in a
// flight of its own.
func (a *asked) look(atoms []atom, told map[atom]bool, now time.Time) (missing []atom, others []*flight, mine *flight) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, at := range atoms {
		if _, ok := told[at]; ok {
			continue
		}
		if k, ok := a.known[at]; ok && now.Before(k.until) && k.until.Sub(now) <= keepGrant {
			told[at] = k.granted
		} else if f := a.flights[at]; f != nil && f != mine {
			if !slices.Contains(others, f) {
				others = append(others, f)
			}
		} else if f == nil {
			if mine == nil {
				mine = &flight{done: make(chan struct{})}
			}
			a.flights[at] = mine
			missing = append(missing, at)
		}
	}
	return missing, others, mine
}

// land tells what came of a flight, and keeps it from when it was asked on.
func (a *asked) land(f *flight, atoms []atom, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, at := range atoms {
		delete(a.flights, at)
	}
	if f.err == nil {
		a.makeRoom(len(atoms), now)
		for _, at := range atoms {
			keep := keepRefusal
			if f.told[at] {
				keep = keepGrant
			}
			a.known[at] = kept{f.told[at], now.Add(keep)}
		}
	}
	close(f.done)
}

func (a *asked) makeRoom(more int, now time.Time) {
	if len(a.known)+more <= maxKept {
		return
	}
	for at, k := range a.known {
		if !now.Before(k.until) {
			delete(a.known, at)
		}
	}
	if len(a.known)+more > maxKept {
		clear(a.known)
	}
}

// spend takes one request from the minute's budget.
func (a *asked) spend(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if minute := now.Truncate(time.Minute); !minute.Equal(a.minute) {
		a.minute, a.spent = minute, 0
	}
	if a.spent >= a.budget {
		f := problem(
			behavepro.ErrUnavailable,
			false,
			fmt.Sprintf("more than %d questions for permissions were asked of Jira in a minute", a.budget),
			"try again in a minute",
		)
		f.until = a.minute.Add(time.Minute)
		return f
	}
	a.spent++
	return nil
}

type wireQuestion struct {
	AccountID string       `json:"accountId,omitempty"`
	Global    []Permission `json:"globalPermissions,omitempty"`
	Project   []wireWanted `json:"projectPermissions,omitempty"`
}

type wireWanted struct {
	Permissions []Permission `json:"permissions"`
	Issues      []int64      `json:"issues,omitempty"`
	Projects    []int64      `json:"projects,omitempty"`
}

// ask sends as few requests as the limits allow and returns an answer for each atom.
func (c *Client) ask(ctx context.Context, account string, atoms []atom) (map[atom]bool, error) {
	var global, local []Permission
	var issues, projects []int64
	for _, a := range atoms {
		switch a.kind {
		case 'g':
			global = append(global, a.permission)
		case 'i':
			local, issues = append(local, a.permission), append(issues, a.id)
		case 'p':
			local, projects = append(local, a.permission), append(projects, a.id)
		}
	}
	local, issues, projects = distinct(local), distinct(issues), distinct(projects)
	if account == "" {
		ctx = Anonymous(ctx)
	}
	granted := map[atom]bool{}
	for first := true; first || len(issues) > 0 || len(projects) > 0; first = false {
		w := wireQuestion{AccountID: account}
		if first {
			w.Global = global
		}
		var ofIssues, ofProjects []int64
		ofIssues, issues = split(issues, askedAtOnce)
		ofProjects, projects = split(projects, askedAtOnce)
		if len(ofIssues)+len(ofProjects) > 0 {
			w.Project = []wireWanted{{local, ofIssues, ofProjects}}
		}
		if err := c.askOnce(ctx, account, &w, granted); err != nil {
			return nil, err
		}
	}
	told := make(map[atom]bool, len(atoms))
	for _, a := range atoms {
		told[a] = granted[a]
	}
	return told, nil
}

func (c *Client) askOnce(ctx context.Context, account string, w *wireQuestion, granted map[atom]bool) error {
	if err := c.asked.spend(c.opt.Now()); err != nil {
		return err
	}
	var got struct {
		GlobalPermissions  []Permission
		ProjectPermissions []struct {
			Permission       Permission
			Issues, Projects []int64
		}
	}
	err := c.do(
		ctx,
		&call{method: http.MethodPost, path: "/rest/api/3/permissions/check", name: "POST /permissions/check", body: w, into: &got},
	)
	if err != nil {
		return err
	}
	for _, p := range got.GlobalPermissions {
		granted[atom{account, p, 'g', 0}] = true
	}
	for _, p := range got.ProjectPermissions {
		for _, id := range p.Issues {
			granted[atom{account, p.Permission, 'i', id}] = true
		}
		for _, id := range p.Projects {
			granted[atom{account, p.Permission, 'p', id}] = true
		}
	}
	return nil
}

func split(ids []int64, n int) (head, rest []int64) {
	n = min(n, len(ids))
	return ids[:n], ids[n:]
}

func distinct[T int64 | Permission](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

func grantOf(told map[atom]bool) Grant {
	g := Grant{Global: map[Permission]bool{}, Issues: map[Permission]map[int64]bool{}, Projects: map[Permission]map[int64]bool{}}
	for a, granted := range told {
		if !granted {
			continue
		}
		switch a.kind {
		case 'g':
			g.Global[a.permission] = true
		case 'i':
			put(g.Issues, a)
		case 'p':
			put(g.Projects, a)
		}
	}
	return g
}

func put(to map[Permission]map[int64]bool, a atom) {
	if to[a.permission] == nil {
		to[a.permission] = map[int64]bool{}
	}
	to[a.permission][a.id] = true
}
