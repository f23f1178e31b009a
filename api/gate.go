package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
)

// Bounds of a gate.
const (
	maxGateAsks    = 100   // issues, tags and paths each
	maxGateReasons = 1_000 // that are told
)

// showGate says whether issues, or a commit, are proven.
func showGate(x *Exchange) error {
	a, err := readGate(x.R.URL.Query())
	if err != nil {
		return err
	}
	a.x = x
	if a.repos, err = x.repositories(); err != nil {
		return err
	}
	if a.Repository != "" {
		only, err := x.repository(a.Repository)
		if err != nil {
			return err
		}
		a.repos = []*catalog.Repository{only}
	}
	if len(a.Issues) > 0 {
		err = a.issues()
	} else {
		err = a.commit()
	}
	if err != nil {
		return err
	}
	return x.reply(http.StatusOK, a.answer())
}

// asking is a gate being asked.
type asking struct {
	client.GateQuery
	x      *Exchange
	repos  []*catalog.Repository
	groups []gate.Group
	doubts []gate.Doubt
	at     []client.GateAt
}

func readGate(q url.Values) (*asking, error) {
	a := &asking{}
	a.Ref, a.Commit, a.Repository = q.Get("ref"), q.Get("commit"), q.Get("repo")
	a.Tags, a.Paths = q["tag"], q["path"]
	invalid := func(what string) (*asking, error) {
		return nil, behavepro.Explain(behavepro.ErrInvalid, what, "see docs/api.md")
	}
	for _, text := range q["issue"] {
		key, err := behavepro.ParseIssueKey(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(a.Issues, key) {
			a.Issues = append(a.Issues, key)
		}
	}
	for name, into := range map[string]*bool{"allowFlaky": &a.AllowFlaky, "allowEmpty": &a.AllowEmpty, "requireOIDC": &a.RequireOIDC} {
		switch q.Get(name) {
		case "", "false":
		case "true":
			*into = true
		default:
			return invalid(name + " is true or false")
		}
	}
	switch {
	case (len(a.Issues) > 0) == (a.Commit != ""):
		return invalid("a gate is asked for issues, or for a commit")
	case a.Commit != "" && a.Ref != "", len(a.Issues) > 0 && len(a.Tags)+len(a.Paths) > 0:
		return invalid("ref goes with issues; tag and path go with a commit")
	case max(len(a.Issues), len(a.Tags), len(a.Paths)) > maxGateAsks:
		return invalid(fmt.Sprintf("more than %d issues, tags or paths", maxGateAsks))
	}
	return a, nil
}

// issues looks for the scenarios of issues, each repository at its own ref.
func (a *asking) issues() error {
	a.groups = make([]gate.Group, len(a.Issues))
	holds := map[behavepro.RepositoryID]bool{}
	for _, repo := range a.repos {
		at, known, err := a.resolve(repo, a.Ref)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		standing, err := a.standing(at, "")
		if err != nil {
			return err
		}
		for i, key := range a.Issues {
			a.groups[i].Name = string(key)
			found := linkedTo(standing, key)
			a.groups[i].Scenarios = append(a.groups[i].Scenarios, found...)
			holds[repo.ID] = holds[repo.ID] || len(found) > 0
		}
		if holds[repo.ID] {
			a.at = append(a.at, client.GateAt{Repository: repo.Name, Ref: at.Ref, Commit: at.SHA})
			if err := a.openRuns(at); err != nil {
				return err
			}
		}
	}
	missing := false // a repository that shows nothing yet may hold what an issue lacks
	for i, key := range a.Issues {
		a.groups[i].Name = string(key)
		missing = missing || len(a.groups[i].Scenarios) == 0
	}
	for _, repo := range a.repos {
		if !missing && !holds[repo.ID] {
			continue
		}
		if err := a.doubtSync(repo); err != nil {
			return err
		}
		if err := a.doubtWaiting(repo, a.onBranch(repo)); err != nil {
			return err
		}
	}
	return nil
}

// resolve finds the commit of a repository that the gate looks at; one that has no such ref is looked at its default branch.
func (a *asking) resolve(repo *catalog.Repository, ref string) (at catalog.At, known bool, err error) {
	at, err = a.x.Catalog.Resolve(a.x.ctx(), repo, ref)
	if ref != "" && errors.Is(err, behavepro.ErrNotFound) {
		at, err = a.x.Catalog.Resolve(a.x.ctx(), repo, "")
	}
	if errors.Is(err, behavepro.ErrNotFound) {
		return at, false, nil
	}
	return at, err == nil, err
}

// standing is a ref with the results that count for this gate: of one commit only where it is named.
func (a *asking) standing(at catalog.At, only string) (*catalog.Standing, error) {
	if !a.RequireOIDC && only == "" {
		return a.x.Catalog.Standing(a.x.ctx(), at)
	}
	return a.x.Catalog.StandingOf(a.x.ctx(), at, func(p *catalog.Push) bool {
		return (!a.RequireOIDC || p.OIDC != nil) && (only == "" || p.Commit == at.SHA)
	})
}

// linkedTo lists the scenarios of a ref that link to an issue; where only some rows do, with those.
func linkedTo(s *catalog.Standing, key behavepro.IssueKey) []gate.Scenario {
	var all []gate.Scenario
	for _, f := range s.Features {
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			if !v.LinksTo(key) {
				continue
			}
			whole := slices.Contains(v.Issues, key)
			all = append(all, gateScenario(s, f.Path, v, func(r *catalog.RowView) bool { return whole || slices.Contains(r.Issues, key) }))
		}
	}
	return all
}

func gateScenario(s *catalog.Standing, path string, v *catalog.ScenarioView, row func(*catalog.RowView) bool) gate.Scenario {
	out := gate.Scenario{
		Repository: s.At.Repository.Name, Path: path, Name: v.Name, Line: v.Line, State: gateState(&v.Current), Until: v.Until,
		Quarantined: v.Quarantined && len(v.Rows) == 0,
	}
	for i := range v.Rows {
		if r := &v.Rows[i]; row(r) {
			out.Rows = append(out.Rows, gate.Row{Line: r.Line, State: gateState(&r.Current), Quarantined: r.Quarantined, Until: r.Until})
		}
	}
	return out
}

func gateState(c *catalog.Current) gate.State {
	return gate.State{Status: c.Status, Stale: c.Stale, Flaky: c.Flaky}
}

// answer is the decision as a document.
func (a *asking) answer() client.Gate {
	d := gate.Decide(a.groups, a.doubts, gate.Options{AllowFlaky: a.AllowFlaky, AllowEmpty: a.AllowEmpty})
	doc := client.Gate{
		Verdict: string(d.Verdict), Scenarios: d.Asked, Proven: d.Proven, At: list(a.at), Reasons: []client.GateReason{}, LeftOut: []client.LeftOut{},
	}
	for i := range d.Reasons[:min(len(d.Reasons), maxGateReasons)] {
		doc.Reasons = append(doc.Reasons, gateReason(&d.Reasons[i]))
	}
	doc.More = len(d.Reasons) - len(doc.Reasons)
	for i := range d.LeftOut {
		doc.LeftOut = append(doc.LeftOut, leftOut(&d.LeftOut[i]))
	}
	return doc
}

func gateReason(r *gate.Reason) client.GateReason {
	doc := client.GateReason{Rule: string(r.Rule), Verdict: client.GateClosed, Message: r.Text, Issue: behavepro.IssueKey(r.Group), Row: r.Row}
	if r.Doubt != nil {
		doc.Verdict, doc.Repository, doc.Hint = client.GateUndecided, r.Doubt.Repository, r.Doubt.Hint
	}
	if s := r.Scenario; s != nil {
		doc.Repository, doc.Path, doc.Line, doc.Name = s.Repository, s.Path, s.Line, s.Name
	}
	return doc
}

func leftOut(s *gate.Scenario) client.LeftOut {
	doc := client.LeftOut{Repository: s.Repository, Path: s.Path, Line: s.Line, Name: s.Name, Until: timeOrNull(s.Until)}
	if s.Quarantined {
		return doc
	}
	for _, r := range s.Rows {
		doc.Rows = append(doc.Rows, r.Line)
		if doc.Until == nil || r.Until.Before(*doc.Until) {
			doc.Until = timeOrNull(r.Until)
		}
	}
	return doc
}

// freshly is how long a push that waits keeps gates from deciding; after that its commit is unlikely to come.
const freshly = 24 * time.Hour
