package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type repositoriesPage struct {
	frame
	Manage       bool // the visitor has settings
	Repositories []repositoryLine
}

// repositoryLine is a repository in a list.
type repositoryLine struct {
	Name     string
	URL      string
	Projects string
	Default  string
	Branches int
	Sync     syncView
	Docs     string // "" before the first sync
	Problems string
	Wrong    string // how many, in words; "" where there is nothing to show yet
	Tally    *catalog.Tally
	Bar      bar
}

func (p *Pages) repositories(v *Visit) error {
	page := repositoriesPage{frame: p.frame(v.Now, "Repositories"), Manage: v.Manager != nil}
	page.Wide = true
	var err error
	if page.Repositories, _, err = p.repositoryLines(v); err != nil {
		return err
	}
	for i := range page.Repositories {
		if page.Repositories[i].Sync.Running {
			page.Refresh = refreshWhileSyncing
		}
	}
	return p.render(v.W, v.R, http.StatusOK, "repositories", &page)
}

// countingTime is after how long a list stops to count scenarios that are not in memory; the next view goes on.
const countingTime = 300 * time.Millisecond

func (p *Pages) repositoryLines(v *Visit) (lines []repositoryLine, standings []*catalog.Standing, err error) {
	repos, err := v.repositories()
	if err != nil {
		return nil, nil, err
	}
	began := time.Now()
	for _, r := range repos {
		line := repositoryLine{Name: r.Name, URL: r.URL, Projects: projectsOf(r), Problems: p.link.problems(r)}
		state, err := v.Catalog.SyncState(v.ctx(), r.ID)
		if err != nil {
			return nil, nil, err
		}
		line.Sync = syncOf(r, &state)
		line.Sync.Name = "" // the line has it
		standing, err := p.standing(v, r, &line, time.Since(began) < countingTime)
		if err != nil {
			return nil, nil, err
		}
		if line.Wrong, err = v.problemText(r, line.Docs != ""); err != nil {
			return nil, nil, err
		}
		if standing != nil {
			standings = append(standings, standing)
		}
		lines = append(lines, line)
	}
	return lines, standings, nil
}

// standing fills what is known of a repository's default branch; nil where nothing is, or where there is no time.
func (p *Pages) standing(v *Visit, r *catalog.Repository, line *repositoryLine, count bool) (*catalog.Standing, error) {
	head, err := v.Catalog.Head(v.ctx(), r.ID)
	if err != nil || head.RefSet.IsZero() {
		return nil, err
	}
	line.Default, line.Docs = head.Default, p.link.documentation(r, nil)
	refs, err := v.Catalog.Refs(v.ctx(), r.ID, head.RefSet)
	if err != nil {
		return nil, err
	}
	line.Branches = len(refs)
	at, err := v.Catalog.Resolve(v.ctx(), r, "")
	if errors.Is(err, behavepro.ErrNotFound) || err == nil && !count {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return nil, err
	}
	line.Tally, line.Bar = &standing.Tally, barOf(&standing.Tally)
	return standing, nil
}
