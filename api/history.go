package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// maxHistoryRuns bounds the runs of a history.
const maxHistoryRuns = 200

// showHistory shows a scenario through time.
func (s *Server) showHistory(x *web.Request) error {
	at, _, err := s.at(x)
	if err != nil {
		return err
	}
	view, err := s.scenarioNamed(x, at)
	if err != nil {
		return err
	}
	h, err := x.Catalog.Scenario(x.Context(), at, view.Lineage)
	if err != nil {
		return err
	}
	versions, cut, err := x.Catalog.Versions(x.Context(), at, view.Lineage)
	if err != nil {
		return err
	}
	stable := catalog.StabilityOf(h.Runs)
	doc := client.History{
		Repository: x.Repository.Name, Ref: at.Ref, Commit: at.SHA, Path: x.R.URL.Query().Get("path"), Line: view.Line, Name: view.Name,
		Lineage: view.Lineage, Status: view.Status, Stale: view.Stale, Flaky: view.Flaky,
		Stability: client.Stability{Runs: stable.Runs, Passed: stable.Passed, Flaky: stable.Mixed},
		Changes:   make([]client.ScenarioVersion, len(versions)), Runs: []client.HistoryRun{}, Cut: cut || h.Cut || len(h.Runs) > maxHistoryRuns,
	}
	for i := range versions {
		doc.Changes[i] = versionDoc(&versions[i])
	}
	lines := map[behavepro.RowID]int{}
	for i := range view.Rows {
		lines[view.Rows[i].ID] = view.Rows[i].Line
	}
	for i := range h.Runs[:min(len(h.Runs), maxHistoryRuns)] {
		doc.Runs = append(doc.Runs, historyRun(&h.Runs[i], lines))
	}
	return x.Reply(http.StatusOK, doc)
}

// scenarioNamed finds the scenario of a file by its name or, where that is a number, by its line.
func (s *Server) scenarioNamed(x *web.Request, at catalog.At) (*catalog.ScenarioView, error) {
	path, name := x.R.URL.Query().Get("path"), x.R.URL.Query().Get("name")
	if path == "" || name == "" {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "no path or no name of a scenario is given", "")
	}
	standing, err := x.Catalog.Standing(x.Context(), at)
	if err != nil {
		return nil, err
	}
	f, ok := standing.Feature(path)
	if !ok {
		return nil, behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no feature file %s at %s", path, at.SHA.Short()), "")
	}
	line, _ := strconv.Atoi(name)
	var found []*catalog.ScenarioView
	for i := range f.Scenarios {
		if v := &f.Scenarios[i]; v.Name == name || line > 0 && v.Line == line {
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return nil, behavepro.Explain(
			behavepro.ErrNotFound,
			fmt.Sprintf("%s has no scenario %q at %s", path, name, at.SHA.Short()),
			"name it as the file does, or by its line",
		)
	case 1:
		return found[0], nil
	}
	return nil, behavepro.Explain(
		behavepro.ErrInvalid,
		fmt.Sprintf("%s has %d scenarios %q, the first at line %d", path, len(found), name, found[0].Line),
		"name the line instead",
	)
}

func versionDoc(v *catalog.Version) client.ScenarioVersion {
	doc := client.ScenarioVersion{
		Commit:  v.Commit,
		At:      time.Unix(v.Time, 0).UTC(),
		Path:    v.Path,
		Was:     v.Was,
		Name:    v.Name,
		WasName: v.WasName,
		Changes: []string{},
	}
	for _, c := range v.Changes {
		doc.Changes = append(doc.Changes, string(c))
	}
	return doc
}

func historyRun(r *catalog.RunEntry, lines map[behavepro.RowID]int) client.HistoryRun {
	p := r.Run
	doc := client.HistoryRun{
		LastRun: client.LastRun{Commit: p.Commit, Build: p.Build, URL: p.BuildURL, Params: list(p.Params), At: p.Started},
		Reached: r.Reached, Status: r.Status, Flaky: r.Mixed, Rows: []client.HistoryRow{},
	}
	for i := range r.Rows {
		o := &r.Rows[i]
		row := client.HistoryRow{
			Status: o.Status, Raw: o.Raw, DurationMS: o.Duration.Milliseconds(), Step: o.Step, Message: o.Message, Tries: o.Tries,
		}
		if line, ok := lines[o.Row]; ok {
			row.Row = &line
		}
		doc.Rows = append(doc.Rows, row)
	}
	return doc
}
