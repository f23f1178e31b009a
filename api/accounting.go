package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/web"
)

// account answers with the accounting of the exchange's push: 200 where it is matched, 202 while it waits.
func (s *Server) account(x *web.Request, repeated bool) error {
	p := x.Push
	doc := client.Accounting{
		ID: pushName(p), Repository: s.nameOf(x, p.Repository), Commit: p.Commit, TestedCommit: shaOrNull(p.TestedCommit),
		State: client.PushState(p.State), Counts: countsDoc(p.Counts), Notes: list(p.Notes), Repeated: repeated,
		Results: make([]client.Result, 0, p.Counts.Read), Unreadable: []client.UnreadableFile{},
	}
	for _, f := range p.Files {
		if f.Unreadable != "" {
			doc.Unreadable = append(doc.Unreadable, client.UnreadableFile{File: f.Name, Message: f.Unreadable})
		}
	}
	if err := s.accounted(x, &doc); err != nil {
		return err
	}
	status := http.StatusOK
	if doc.State == client.StateWaiting {
		status = http.StatusAccepted
	}
	return x.Reply(status, doc)
}

// accounted adds what became of each result.
func (s *Server) accounted(x *web.Request, doc *client.Accounting) error {
	done, err := s.takeTurn(x)
	if err != nil {
		return err
	}
	defer done()
	return ingest.Ingest{Catalog: x.Catalog}.Account(x.Context(), x.Push, func(a match.Accounted) bool {
		doc.Results = append(doc.Results, client.ResultOf(&a))
		return true
	})
}

// pushName is a push's id outside: it says where to look.
func pushName(p *catalog.Push) string {
	return string(p.Repository) + "." + p.Commit.String() + "." + p.ID
}

// parsePushName reads what pushName wrote.
func parsePushName(name string) (repo behavepro.RepositoryID, commit behavepro.SHA, id string, ok bool) {
	rest, id, ok := cutLast(name)
	if !ok {
		return "", commit, "", false
	}
	where, sha, ok := cutLast(rest)
	if !ok {
		return "", commit, "", false
	}
	commit, err := behavepro.ParseSHA(sha)
	return behavepro.RepositoryID(where), commit, id, err == nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// nameOf is the name of a repository within reach; "" where a push names none.
func (s *Server) nameOf(x *web.Request, id behavepro.RepositoryID) string {
	if r, err := x.Catalog.Repository(x.Context(), id); err == nil && s.sees(x, r) {
		return r.Name
	}
	return ""
}

// listRuns lists the pushes for a commit, which need not be indexed where its full SHA is given.
func (s *Server) listRuns(x *web.Request) error {
	filter, err := readFilter(x.R.URL.Query())
	if err != nil {
		return err
	}
	name := x.R.URL.Query().Get("commit")
	commit, err := behavepro.ParseSHA(name)
	if err != nil {
		at, err := x.Catalog.Resolve(x.Context(), x.Repository, name)
		if err != nil {
			return err
		}
		commit = at.SHA
	}
	pushes, err := x.Catalog.PushesOf(x.Context(), x.Repository.ID, commit)
	if err != nil {
		return err
	}
	pushes = slices.DeleteFunc(pushes, func(p *catalog.Push) bool { return !filter.takes(p) })
	pushes, next, err := page(x, pushes, pushName)
	if err != nil {
		return err
	}
	doc := client.RunList{Commit: commit, Runs: make([]client.Run, 0, len(pushes)), Next: next}
	for _, p := range pushes {
		doc.Runs = append(doc.Runs, runDoc(p, x.Repository.Name))
	}
	return x.Reply(http.StatusOK, doc)
}

func runDoc(p *catalog.Push, repository string) client.Run {
	run := client.Run{
		ID: pushName(p), Repository: repository, Commit: p.Commit, TestedCommit: shaOrNull(p.TestedCommit), Params: list(p.Params),
		Run: p.Run, Build: p.Build, URL: p.BuildURL, Branch: p.Branch, Attempt: p.Attempt, Shard: p.Shard, Shards: p.Shards, Closes: p.Closes,
		Started: p.Started, Received: p.Received,
		By: p.By, OIDC: p.OIDC, State: client.PushState(p.State), Counts: countsDoc(p.Counts), Notes: list(p.Notes),
		Files: make([]client.PushedFile, len(p.Files)),
	}
	for i, f := range p.Files {
		run.Files[i] = client.PushedFile{
			Name: f.Name, Format: f.Format, SHA256: f.SHA256, Results: f.Results, Unreadable: f.Unreadable, Attachments: f.Dropped,
		}
	}
	return run
}

func countsDoc(c model.Counts) client.Counts {
	return client.Counts{
		Read: c.Read, Matched: c.Matched, Ambiguous: c.Ambiguous, Unmatched: c.Unmatched, RetryOf: c.RetryOf, Waiting: c.Waiting,
		Passed: c.Passed, Failed: c.Failed, Skipped: c.Skipped,
	}
}

func shaOrNull(sha behavepro.SHA) *behavepro.SHA {
	if sha.IsZero() {
		return nil
	}
	return &sha
}
