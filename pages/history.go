package pages

import (
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

func (p *Pages) setView(at catalog.At, r *catalog.Result) setView {
	s := setView{Label: paramsLabel(r.Run.Params), Status: r.Status, Took: took(r.Duration), Run: p.runView(at, r.Run), Counted: !r.Old}
	if r.Raw != "" && !strings.EqualFold(r.Raw, string(r.Status)) {
		s.Raw = r.Raw
	}
	for _, a := range []struct {
		is   bool
		word string
	}{{r.Stale, "stale"}, {r.Flaky, "flaky"}, {r.Old, "old, does not count"}} {
		if a.is {
			s.Asides = append(s.Asides, a.word)
		}
	}
	return s
}

func matrixOf(v *catalog.ScenarioView) *matrix {
	m := &matrix{Header: v.Rows[0].Header}
	sets := paramSets(v)
	m.Groups = paramGroups(sets)
	for _, s := range sets {
		label := s.Label
		if s.Old {
			label += " (old)"
		}
		if len(m.Groups) > 0 {
			label = s.rest()
		}
		m.Sets = append(m.Sets, label)
	}
	for i := range v.Rows {
		row := &v.Rows[i]
		line := matrixRow{Cells: row.Cells, Row: row.Status, Status: make([]behavepro.Status, len(sets))}
		for j := range sets {
			for k := range row.Results {
				if row.Results[k].Params == sets[j].Set {
					line.Status[j] = row.Results[k].Status
				}
			}
		}
		if row.Stale {
			line.Aside = "stale"
		}
		if row.Flaky {
			line.Aside = "flaky"
		}
		m.Rows = append(m.Rows, line)
	}
	return m
}

func (p *Pages) describe(v *Visit, r *catalog.Repository, shas []behavepro.SHA) map[behavepro.SHA]gitsync.CommitInfo {
	if p.opt.Describer == nil || len(shas) == 0 {
		return nil
	}
	return p.opt.Describer.Describe(v.ctx(), r.ID, shas...)
}

func (p *Pages) versionViews(v *Visit, r *catalog.Repository, versions []catalog.Version) []versionView {
	shas := make([]behavepro.SHA, len(versions))
	for i := range versions {
		shas[i] = versions[i].Commit
	}
	info := p.describe(v, r, shas)
	views := make([]versionView, len(versions))
	for i := range versions {
		version := &versions[i]
		is := info[version.Commit]
		views[i] = versionView{
			Commit: version.Commit, Link: p.link.documentation(r, values("ref", version.Commit.String(), "path", version.Path)),
			Time: time.Unix(version.Time, 0), Author: is.Author, Subject: is.Subject,
		}
		for _, c := range version.Changes {
			views[i].Changes = append(views[i].Changes, changeWords(version, c))
		}
	}
	return views
}

// changeWords say what a version did.
func changeWords(v *catalog.Version, c catalog.Change) string {
	switch c {
	case catalog.Added:
		return "added in " + v.Path
	case catalog.Removed:
		return "removed from " + v.Was
	case catalog.Moved:
		return "moved from " + v.Was + " to " + v.Path
	case catalog.Renamed:
		return "renamed from “" + v.WasName + "” to “" + v.Name + "”"
	case catalog.Edited:
		return "edited: description, rule or layout"
	}
	return string(c)
}

func (p *Pages) runEntry(at catalog.At, e *catalog.RunEntry) runEntry {
	entry := runEntry{
		Status: e.Status, Mixed: e.Mixed, Reached: e.Reached, Params: paramsLabel(e.Run.Params), Branch: e.Run.Branch, Run: p.runView(at, e.Run),
	}
	if len(e.Run.Params) == 0 {
		entry.Params = ""
	}
	var total time.Duration
	for i := range e.Rows {
		o := &e.Rows[i]
		total += o.Duration
		if o.Status == behavepro.Failed && len(entry.Said) < listedFailures && o.Step+o.Message != "" {
			f := failureView{
				Step:    o.Step,
				Message: strings.TrimRight(o.Message, " \t\r\n"),
				Stack:   o.Evidence.Stack,
				Files:   p.link.fileViews(at.Repository, o),
			}
			if n := len(entry.Said); n == 0 || !entry.Said[n-1].same(&f) {
				entry.Said = append(entry.Said, f)
			}
		}
	}
	entry.Took = took(total)
	return entry
}
