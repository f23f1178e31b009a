package api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/web"
)

// showRun shows the run of a push with all that was pushed of it.
func (s *Server) showRun(x *web.Request) error {
	run, err := s.runOf(x, x.Push)
	if err != nil {
		return err
	}
	doc := s.runShown(x, run)
	for _, p := range run.Pushes {
		if doc.Results, err = s.addResults(x, doc.Results, p); err != nil {
			return err
		}
	}
	return x.Reply(http.StatusOK, doc)
}

// addResults adds what became of each result of a push.
func (s *Server) addResults(x *web.Request, all []client.Result, p *catalog.Push) ([]client.Result, error) {
	done, err := s.takeTurn(x)
	if err != nil {
		return nil, err
	}
	defer done()
	err = ingest.Ingest{Catalog: x.Catalog}.Account(x.Context(), p, func(a match.Accounted) bool {
		all = append(all, client.ResultOf(&a))
		return len(all) < ingest.MaxPushResults
	})
	return all, err
}

// runOf finds the run that a push belongs to.
func (s *Server) runOf(x *web.Request, p *catalog.Push) (*catalog.Run, error) {
	pushes, err := x.Catalog.PushesOf(x.Context(), p.Repository, p.Commit)
	if err != nil {
		return nil, err
	}
	for _, run := range catalog.RunsOf(pushes, x.Now) {
		if run.Holds(p.ID) {
			return run, nil
		}
	}
	return nil, fmt.Errorf("run of push %s: %w", p.ID, behavepro.ErrNotFound)
}

func (s *Server) runShown(x *web.Request, run *catalog.Run) client.ShownRun {
	repository := ""
	doc := client.ShownRun{
		Commit: run.Commit, Run: run.Name, Params: list(run.Params), State: string(run.State), Until: timeOrNull(run.Until),
		Shards: list(run.Shards),
		Of:     run.Of, Counts: countsDoc(run.Counts), Pushes: make([]client.Run, 0, len(run.Pushes)), Results: []client.Result{},
	}
	for _, p := range run.Pushes {
		if repository == "" {
			repository = s.nameOf(x, p.Repository)
		}
		doc.Pushes = append(doc.Pushes, runDoc(p, repository))
	}
	doc.Repository = repository
	return doc
}

// completeRun closes a run in shards: a push that brings no results says so, and waits for its commit as any push does.
func (s *Server) completeRun(x *web.Request) error {
	var in client.CompleteRun
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	if in.Run == "" && in.Build == "" {
		return behavepro.Explain(behavepro.ErrInvalid, "a run that is to be closed has a name or a build", "")
	}
	up, err := s.upload(x, client.Push{
		Repository: in.Repository, Origin: in.Origin, Commit: in.Commit, Params: in.Params, Run: in.Run, Build: in.Build,
		MergeCommit: in.MergeCommit,
	})
	if err != nil {
		return err
	}
	up.Push.Closes = true
	if _, err := s.take(x, up, func() (string, io.Reader, error) { return "", nil, io.EOF }); err != nil {
		return err
	}
	if x.Push.State != catalog.PushMatched {
		if err := s.askForCommit(x); err != nil {
			return err
		}
	}
	run, err := s.runOf(x, x.Push)
	if err != nil {
		return err
	}
	shown := *run
	shown.Pushes = slices.DeleteFunc(slices.Clone(run.Pushes), func(p *catalog.Push) bool { return !s.ofJob(x, p) })
	doc := s.runShown(x, &shown)
	doc.Repository = s.nameOf(x, x.Push.Repository)
	return x.Reply(http.StatusOK, doc)
}

// runFilter says which pushes are listed.
type runFilter struct {
	run, build, state string
	attempt           int
	params            []behavepro.Param
}

func readFilter(q url.Values) (*runFilter, error) {
	f := &runFilter{run: q.Get("run"), build: q.Get("build"), state: q.Get("state")}
	invalid := func(what string) (*runFilter, error) {
		return nil, behavepro.Explain(behavepro.ErrInvalid, what, "see docs/api.md")
	}
	if text := q.Get("attempt"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return invalid("attempt is a number")
		}
		f.attempt = n
	}
	switch f.state {
	case "", string(catalog.PushMatched), string(catalog.PushWaiting):
	default:
		return invalid("state is matched or waiting")
	}
	if len(q["param"]) > maxParams {
		return invalid(fmt.Sprintf("more than %d params", maxParams))
	}
	for _, text := range q["param"] {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return invalid("param is name=value")
		}
		f.params = append(f.params, behavepro.Param{Name: name, Value: value})
	}
	return f, nil
}

// takes reports whether a push is to be listed.
func (f *runFilter) takes(p *catalog.Push) bool {
	return (f.run == "" || p.Run == f.run) && (f.build == "" || p.Build == f.build) && (f.state == "" || string(p.State) == f.state) &&
		(f.attempt == 0 || p.Attempt == f.attempt) &&
		!slices.ContainsFunc(f.params, func(want behavepro.Param) bool { return !slices.Contains(p.Params, want) })
}
