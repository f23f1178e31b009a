package api

import (
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// showIssue shows the scenarios of an issue in every repository within reach, each at its own ref.
func (s *Server) showIssue(x *web.Request) error {
	key, err := behavepro.ParseIssueKey(x.R.PathValue("key"))
	if err != nil {
		return err
	}
	may := func(r *catalog.Repository) bool { return s.sees(x, r) }
	if name := x.R.URL.Query().Get("repo"); name != "" {
		only, err := s.repository(x, name)
		if err != nil {
			return err
		}
		may = func(r *catalog.Repository) bool { return r.ID == only.ID }
	}
	found, err := x.Catalog.Issue(x.Context(), key, x.R.URL.Query().Get("ref"), may)
	if err != nil {
		return err
	}
	doc := client.Issue{Issue: key, Scenarios: []client.IssueScenario{}}
	for i := range found {
		for j := range found[i].Scenarios {
			doc.Scenarios = append(doc.Scenarios, issueScenario(&found[i].At, &found[i].Scenarios[j]))
		}
	}
	return x.Reply(http.StatusOK, doc)
}

func issueScenario(at *catalog.At, s *catalog.IssueScenario) client.IssueScenario {
	v := &s.View
	results := v.Results
	rows := make([]client.IssueRow, len(v.Rows))
	for i := range v.Rows {
		r := &v.Rows[i]
		results = append(results[:len(results):len(results)], r.Results...)
		rows[i] = client.IssueRow{
			Line: r.Line, Cells: cells(r.Header, r.Cells), Status: r.Status, Stale: r.Stale, Flaky: r.Flaky, Quarantined: r.Quarantined,
			LastRun: lastRun(r.Status, r.Results),
		}
	}
	return client.IssueScenario{
		Repository: at.Repository.Name, Ref: at.Ref, Commit: at.SHA, Path: s.File.Path, Name: v.Name, Line: v.Line,
		Lineage: v.Lineage, Wording: v.Wording, Tags: list(v.Tags), Status: v.Status, Stale: v.Stale, Flaky: v.Flaky,
		Quarantined: v.Quarantined, Until: timeOrNull(v.Until),
		Rows: rows, LastRun: lastRun(v.Status, results),
	}
}

// lastRun is the latest run that gave a status, of those that count.
func lastRun(status behavepro.Status, results []catalog.Result) *client.LastRun {
	var last *catalog.Push
	for i := range results {
		r := &results[i]
		if r.Run != nil && !r.Old && r.Status == status && (last == nil || r.Run.Started.After(last.Started)) {
			last = r.Run
		}
	}
	if last == nil {
		return nil
	}
	return &client.LastRun{Commit: last.Commit, Build: last.Build, URL: last.BuildURL, Params: list(last.Params), At: last.Started}
}
