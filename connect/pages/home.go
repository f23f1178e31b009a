package pages

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type homePage struct {
	frame
	Issues       []issueLine
	MoreIssues   int
	Importing    bool // a first import runs
	Repositories []repositoryLine
}

// issueLine is an issue in a list.
type issueLine struct {
	Key  behavepro.IssueKey
	Link string
	Bar  bar
	Last time.Time // of its newest run; zero where there was none
}

const listedIssues = 12

func (p *Pages) home(v *Visit) error {
	page := homePage{frame: p.frame(v.Now, "Behave Pro")}
	page.Wide = true
	var err error
	var standings []*catalog.Standing
	if page.Repositories, standings, err = p.repositoryLines(v); err != nil {
		return err
	}
	for i := range page.Repositories {
		if page.Repositories[i].Sync.Running {
			page.Refresh = refreshWhileSyncing
			page.Importing = page.Importing || page.Repositories[i].Sync.First
		}
	}
	page.Issues = recentIssues(p.link, standings...)
	if n := len(page.Issues); n > listedIssues {
		page.Issues, page.MoreIssues = page.Issues[:listedIssues], n-listedIssues
	}
	return p.render(v.W, v.R, http.StatusOK, "home", &page)
}

// recentIssues lists the issues that scenarios link to, those with the newest runs first.
func recentIssues(link links, standings ...*catalog.Standing) []issueLine {
	index := map[behavepro.IssueKey]*issueLine{}
	add := func(key behavepro.IssueKey, s *catalog.ScenarioView) {
		line := index[key]
		if line == nil {
			line = &issueLine{Key: key, Link: link.issue(key, nil)}
			index[key] = line
		}
		line.Bar.add(s)
		if s.Last != nil && s.Last.Started.After(line.Last) {
			line.Last = s.Last.Started
		}
	}
	for _, standing := range standings {
		for _, f := range standing.Features {
			for i := range f.Scenarios {
				s := &f.Scenarios[i]
				for _, key := range keysOf(s) {
					add(key, s)
				}
			}
		}
	}
	lines := make([]issueLine, 0, len(index))
	for _, line := range index {
		lines = append(lines, *line)
	}
	slices.SortFunc(lines, func(a, b issueLine) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(b.Bar.Failed, a.Bar.Failed), cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	return lines
}

// keysOf lists the issues that a scenario or one of its rows links to, each once.
func keysOf(s *catalog.ScenarioView) []behavepro.IssueKey {
	keys := s.Issues
	for i := range s.Rows {
		for _, key := range s.Rows[i].Issues {
			if !slices.Contains(keys, key) {
				keys = append(keys[:len(keys):len(keys)], key)
			}
		}
	}
	return keys
}
