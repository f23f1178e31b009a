package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/gate"
	"github.com/behavepro/behavepro/results/gate/ask"
	"github.com/behavepro/behavepro/web"
)

// Bounds of a gate.
const (
	maxGateAsks    = 100   // issues, tags and paths each
	maxGateReasons = 1_000 // that are told
)

// showGate says whether issues, or a commit, are proven.
func (s *Server) showGate(x *web.Request) error {
	q, err := readGate(x.R.URL.Query())
	if err != nil {
		return err
	}
	repos, err := s.repositories(x)
	if err != nil {
		return err
	}
	if name := x.R.URL.Query().Get("repo"); name != "" {
		only, err := s.repository(x, name)
		if err != nil {
			return err
		}
		repos = []*catalog.Repository{only}
	}
	answer, err := ask.Gate(x.Context(), x.Catalog, repos, *q, x.Now)
	if unknown, ok := errors.AsType[*ask.UnknownCommitError](err); ok {
		what := fmt.Sprintf("%q is neither a branch nor a commit of a repository within the token's reach", unknown.Commit)
		return behavepro.Explain(behavepro.ErrNotFound, what, "branches and commits appear after a sync: `behavepro repos sync`")
	}
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, gateDoc(answer))
}

func readGate(q url.Values) (*ask.Question, error) {
	a := &ask.Question{Ref: q.Get("ref"), Commit: q.Get("commit"), Tags: q["tag"], Paths: q["path"]}
	invalid := func(what string) (*ask.Question, error) {
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

// gateDoc is an answer as a document.
func gateDoc(d *ask.Answer) client.Gate {
	doc := client.Gate{
		Verdict: string(d.Verdict), Scenarios: d.Asked, Proven: d.Proven,
		At: []client.GateAt{}, Reasons: []client.GateReason{}, LeftOut: []client.LeftOut{},
	}
	for _, at := range d.At {
		doc.At = append(doc.At, client.GateAt{Repository: at.Repository.Name, Ref: at.Ref, Commit: at.SHA})
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
		doc.Verdict, doc.Repository = client.GateUndecided, r.Doubt.Repository
		doc.Message, doc.Hint = doubtText(r.Doubt)
	}
	if s := r.Scenario; s != nil {
		doc.Repository, doc.Path, doc.Line, doc.Name = s.Repository, s.Path, s.Line, s.Name
	}
	return doc
}

// doubtText says what a doubt is and what to do about it to somebody who uses the command with a token.
func doubtText(d *gate.Doubt) (message, hint string) {
	show := "`behavepro repos show " + d.Repository + "`"
	switch {
	case d.Rule == gate.Waiting:
		return d.Text, show + " tells how the last sync ended"
	case d.Rule == gate.OpenRun:
		return d.Text, "it counts as complete at " + d.Until.UTC().Format("15:04:05") + " UTC, or by `behavepro results complete`"
	case d.Repository == "":
		return "no repository within the token's reach shows commit " + d.Commit.Short() + " yet",
			"was it pushed? `behavepro repos sync` fetches it"
	}
	return d.Text, "see " + show
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
