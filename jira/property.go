package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// PropertyKey is the key of the issue property that makes results searchable: behavepro.failed > 0.
const PropertyKey = "behavepro"

// None is the status of an issue to which no scenario links any more.
const None behavepro.Status = "none"

// Property is what is written into the property of a linked issue, of the default branches of all repositories that are connected
// to the issue's project. Passed + Failed + Skipped + NotRun + Quarantined = Scenarios; an outline counts once, as its worst row.
type Property struct {
	Linked      bool             `json:"linked"` // whether there are scenarios; what Jira shows the panel by
	Scenarios   int              `json:"scenarios"`
	Passed      int              `json:"passed"`
	Failed      int              `json:"failed"`
	Skipped     int              `json:"skipped"`
	NotRun      int              `json:"notRun"`
	Quarantined int              `json:"quarantined,omitempty"`
	Stale       int              `json:"stale"`
	Status      behavepro.Status `json:"status"`              // the worst, or None
	LastResult  time.Time        `json:"lastResult,omitzero"` // when the newest run started, to the second
}

// Badge is the lozenge that Jira shows for a property beside the issue's details.
func (p *Property) Badge() any {
	label, kind := p.Status.Text(), "default"
	switch p.Status {
	case behavepro.Failed:
		label, kind = fmt.Sprintf("%d failed", p.Failed), "removed"
	case behavepro.NotRun:
		label, kind = fmt.Sprintf("%d not run", p.NotRun), "moved"
	case behavepro.Skipped:
		label = fmt.Sprintf("%d skipped", p.Skipped)
	case behavepro.Passed:
		label, kind = fmt.Sprintf("%d passed", p.Passed), "success"
	}
	return map[string]any{"type": "lozenge", "value": map[string]any{"label": label, "type": kind}}
}

// hash names what is written; badge is the key of the badge's property.
func (p *Property) hash(badge string) behavepro.Hash {
	text, err := json.Marshal(p)
	if err != nil {
		panic("encode a property: " + err.Error()) // it can always be encoded
	}
	return behavepro.Sum(string(text), badge)
}

// place is a scenario of a repository.
type place struct {
	repository behavepro.RepositoryID
	lineage    behavepro.Lineage
}

// share is what a scenario, or the rows of it that link, add to an issue.
type share struct {
	status behavepro.Status // "" in quarantine
	stale  bool
	last   time.Time
}

// shares are those of one key.
type shares map[place]share

func (s shares) add(at place, one share) {
	was := s[at]
	one.status = behavepro.Worse(was.status, one.status)
	one.stale = one.stale || was.stale
	if was.last.After(one.last) {
		one.last = was.last
	}
	s[at] = one
}

func (s shares) property() Property {
	p := Property{Linked: len(s) > 0, Scenarios: len(s), Status: None}
	worst := behavepro.Status("")
	for _, one := range s {
		worst = behavepro.Worse(worst, one.status)
		switch one.status {
		case behavepro.Passed:
			p.Passed++
		case behavepro.Failed:
			p.Failed++
		case behavepro.Skipped:
			p.Skipped++
		case "":
			p.Quarantined++
		default:
			p.NotRun++
		}
		if one.stale {
			p.Stale++
		}
		if one.last.After(p.LastResult) {
			p.LastResult = one.last
		}
	}
	switch {
	case worst != "":
		p.Status = worst
	case p.Quarantined > 0:
		p.Status = behavepro.Skipped
	}
	p.LastResult = p.LastResult.UTC().Truncate(time.Second)
	return p
}

// count is what all repositories say of all keys.
type count struct {
	repositories map[behavepro.RepositoryID]*catalog.Repository
	byKey        map[behavepro.IssueKey]shares
	unread       []*catalog.Repository // those that could not be read
}

// countAll reads the default branch of each repository. One that was not synced yet says nothing; the errors of those that cannot
// be read are joined, with what the others say.
func countAll(ctx context.Context, c *catalog.Catalog) (*count, error) {
	repos, err := c.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	all := &count{repositories: map[behavepro.RepositoryID]*catalog.Repository{}, byKey: map[behavepro.IssueKey]shares{}}
	var errs []error
	for _, repo := range repos {
		all.repositories[repo.ID] = repo
		at, err := c.Resolve(ctx, repo, "")
		if errors.Is(err, behavepro.ErrNotFound) {
			continue
		}
		var standing *catalog.Standing
		if err == nil {
			standing, err = c.Standing(ctx, at)
		}
		if err != nil {
			all.unread = append(all.unread, repo)
			errs = append(errs, fmt.Errorf("count scenarios of %s: %w", repo.Name, err))
			continue
		}
		all.add(repo.ID, standing)
	}
	return all, errors.Join(errs...)
}

func (c *count) add(repo behavepro.RepositoryID, s *catalog.Standing) {
	for _, f := range s.Features {
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			at := place{repo, v.Lineage}
			last := time.Time{}
			if v.Last != nil {
				last = v.Last.Started
			}
			for _, key := range v.Issues {
				c.of(key).add(at, share{counted(v.Status, v.Quarantined), v.Stale, last})
			}
			for n := range v.Rows {
				for _, key := range v.Rows[n].Issues {
					if !slices.Contains(v.Issues, key) {
						c.of(key).add(at, share{counted(v.Rows[n].Status, v.Rows[n].Quarantined), v.Rows[n].Stale, last})
					}
				}
			}
		}
	}
}

// counted is a status that counts: none does in quarantine.
func counted(s behavepro.Status, quarantined bool) behavepro.Status {
	if quarantined {
		return ""
	}
	return s
}

func (c *count) of(key behavepro.IssueKey) shares {
	if c.byKey[key] == nil {
		c.byKey[key] = shares{}
	}
	return c.byKey[key]
}

// property counts the scenarios that name an issue by any of its keys, of repositories that are connected to the project where the
// issue is now. ok is false where one of these could not be read.
func (c *count) property(project behavepro.ProjectKey, keys []behavepro.IssueKey) (p Property, ok bool) {
	for _, repo := range c.unread {
		if repo.In(project) {
			return Property{}, false
		}
	}
	own := shares{}
	for _, key := range keys {
		for at, one := range c.byKey[key] {
			if c.repositories[at.repository].In(project) {
				own.add(at, one)
			}
		}
	}
	return own.property(), true
}
