package pages

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type homePage struct {
	frame
	Issues       []issueLine
	MoreIssues   int
	Importing    bool // a first import runs
	Manage       bool // the visitor has settings
	Repositories []repositoryLine
}

// issueLine is an issue in a list.
type issueLine struct {
	Key  behavepro.IssueKey
	Link string // "" where the visitor may not see the issue
	Bar  bar
	Away bool // the link leaves the frame
	Fact      // what the site says of it
}

const listedIssues = 12

func (p *Pages) home(v *Visit) error {
	page := homePage{frame: p.frame(v.Now, "Behave Pro"), Manage: v.Manager != nil}
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
	all := p.recentIssues(standings...)
	shown := all[:min(len(all), listedIssues)]
	known := v.factsOf(keysOf(shown))
	page.Issues = p.issueLines(shown, &known)
	page.MoreIssues = len(all) - len(page.Issues)
	return p.render(v.W, v.R, http.StatusOK, "home", &page)
}

// recentIssues lists the issues of several refs, those with the newest runs first.
func (p *Pages) recentIssues(standings ...*catalog.Standing) []catalog.IssueTally {
	if len(standings) == 1 {
		return p.linkedIssues(standings[0])
	}
	index := map[behavepro.IssueKey]int{}
	var all []catalog.IssueTally
	for _, standing := range standings {
		for _, issue := range p.linkedIssues(standing) {
			n, ok := index[issue.Key]
			if !ok {
				index[issue.Key] = len(all)
				all = append(all, issue)
				continue
			}
			all[n].Tally.Add(&issue.Tally)
			if issue.Last.After(all[n].Last) {
				all[n].Last = issue.Last
			}
		}
	}
	slices.SortFunc(all, catalog.RecentFirst)
	return all
}

func (p *Pages) issueLines(all []catalog.IssueTally, known *facts) []issueLine {
	lines := make([]issueLine, len(all))
	for i := range all {
		lines[i] = p.issueLine(all[i].Key, known, nil)
		lines[i].Bar = barOf(&all[i].Tally)
	}
	return lines
}

// issueLine leads to an issue: inside a site, only where the visitor may see it there.
func (p *Pages) issueLine(key behavepro.IssueKey, known *facts, q url.Values) issueLine {
	fact, ok := known.of[key]
	line := issueLine{Key: key, Away: p.host != nil, Fact: fact}
	if ok || p.host == nil {
		line.Link = p.link.toIssue(key, q)
	}
	return line
}
