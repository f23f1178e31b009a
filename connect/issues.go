package connect

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/pages"
)

// seenIssues tells a visitor of issues that Jira lets it browse, from the small copy that is kept.
type seenIssues struct {
	app     *App
	visitor *Visitor
	known   func(ctx context.Context, id behavepro.TenantID) (*jira.Known, error)
	people  *people
}

var _ pages.Issues = (*seenIssues)(nil)

// About asks Jira for every issue whether the visitor may browse it: without an answer nothing is told.
func (s *seenIssues) About(ctx context.Context, keys []behavepro.IssueKey) (map[behavepro.IssueKey]pages.Fact, error) {
	known, err := s.known(ctx, s.visitor.Tenant)
	if err != nil {
		return nil, err
	}
	found, err := known.ByKey(ctx, keys...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	q := jira.Question{Account: s.visitor.Account, Permissions: []jira.Permission{jira.BrowseProjects}}
	for _, issue := range found {
		q.Issues = append(q.Issues, issue.ID)
	}
	grant, err := s.app.Jira(&s.visitor.Install).Permissions(ctx, q)
	if err != nil {
		s.app.opt.Logger.Warn("jira gave no answer about issues", "tenant", string(s.visitor.Tenant), "error", err.Error())
		return nil, fmt.Errorf("ask which issues may be browsed: %w", err)
	}
	all := map[behavepro.IssueKey]pages.Fact{}
	for key, i := range found {
		if grant.Issues[jira.BrowseProjects][i.ID] {
			all[key] = pages.Fact{Summary: i.Summary, Status: i.Status, Sprint: i.Sprint, FixVersions: i.FixVersions, Assignee: i.Assignee}
		}
	}
	return all, nil
}

// Missing is not asked of Jira: a key that was not found is noted when Jira is told of results.
func (s *seenIssues) Missing(ctx context.Context) ([]behavepro.IssueKey, error) {
	known, err := s.known(ctx, s.visitor.Tenant)
	if err != nil {
		return nil, err
	}
	return known.Missing(ctx)
}

func (s *seenIssues) People(ctx context.Context, accounts []string) (map[string]string, error) {
	return s.people.of(ctx, s.app.opt.Now(), s.visitor.Tenant, s.app.Jira(&s.visitor.Install), accounts)
}

const (
	namesFor  = 5 * time.Minute // how long a name is held in memory; none is stored
	mostNames = 10_000
)

// people are names that were resolved a short while ago.
type people struct {
	mu    sync.Mutex
	names map[person]named
}

type person struct {
	tenant  behavepro.TenantID
	account string
}

type named struct {
	name  string // "" where Jira tells none
	until time.Time
}

func (p *people) of(
	ctx context.Context,
	now time.Time,
	tenant behavepro.TenantID,
	c *jira.Client,
	accounts []string,
) (map[string]string, error) {
	names := map[string]string{}
	var ask []string
	p.mu.Lock()
	for _, account := range accounts {
		if is, ok := p.names[person{tenant, account}]; ok && now.Before(is.until) {
			names[account] = is.name
		} else {
			ask = append(ask, account)
		}
	}
	p.mu.Unlock()
	if len(ask) == 0 {
		return names, nil
	}
	fresh, err := c.Users(ctx, ask)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil || len(p.names)+len(ask) > mostNames {
		p.names = map[person]named{}
	}
	for _, account := range ask {
		names[account] = fresh[account]
		p.names[person{tenant, account}] = named{fresh[account], now.Add(namesFor)}
	}
	return names, nil
}
