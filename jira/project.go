package jira

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
)

const (
	projectsAtOnce = 50
	usersAtOnce    = 50
	reportAtOnce   = 90
)

type wireProject struct {
	ID   string
	Key  behavepro.ProjectKey
	Name string
	Lead struct{ AccountID string }
}

func (w *wireProject) project() (Project, error) {
	id, err := strconv.ParseInt(w.ID, 10, 64)
	if err != nil {
		return Project{}, fmt.Errorf("read project %s: %q is no id: %w", w.Key, w.ID, behavepro.ErrUnavailable)
	}
	return Project{ID: id, Key: w.Key, Name: w.Name, Lead: w.Lead.AccountID}, nil
}

// Projects lists the site's projects that the app may see, page by page. It stops at the first error, which it yields.
func (c *Client) Projects(ctx context.Context) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) {
		start := 0
		for range maxPages {
			var got struct {
				Values []wireProject
				IsLast bool
			}
			err := c.do(ctx, &call{
				method: http.MethodGet, path: "/rest/api/3/project/search", name: "GET /project/search", into: &got,
				query: url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(projectsAtOnce)}, "expand": {"lead"}},
			})
			if err != nil {
				yield(Project{}, fmt.Errorf("list projects: %w", err))
				return
			}
			for i := range got.Values {
				p, err := got.Values[i].project()
				if !yield(p, err) || err != nil {
					return
				}
			}
			if got.IsLast || len(got.Values) == 0 {
				return
			}
			start += len(got.Values)
		}
	}
}

// Project reads a project by id or key. One that the app may not see is ErrNotFound.
func (c *Client) Project(ctx context.Context, idOrKey string) (Project, error) {
	var got wireProject
	err := c.do(
		ctx,
		&call{method: http.MethodGet, path: "/rest/api/3/project/" + url.PathEscape(idOrKey), name: "GET /project/{key}", into: &got},
	)
	if err != nil {
		return Project{}, fmt.Errorf("read project %s: %w", idOrKey, err)
	}
	return got.project()
}

// Users resolves accountIds to display names; unknown ones are left out. Names are shown and never stored.
func (c *Client) Users(ctx context.Context, accounts []string) (map[string]string, error) {
	names := map[string]string{}
	accounts = slices.DeleteFunc(slices.Clone(accounts), func(a string) bool { return a == "" })
	slices.Sort(accounts)
	for batch := range slices.Chunk(slices.Compact(accounts), usersAtOnce) {
		var got struct {
			Values []struct{ AccountID, DisplayName string }
		}
		err := c.do(ctx, &call{
			method: http.MethodGet, path: "/rest/api/3/user/bulk", name: "GET /user/bulk", into: &got,
			query: url.Values{"accountId": batch, "maxResults": {strconv.Itoa(usersAtOnce)}},
		})
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		for _, u := range got.Values {
			names[u.AccountID] = u.DisplayName
		}
	}
	return names, nil
}

// Account is a person whose accountId is stored, and when it was stored or last looked at.
type Account struct {
	ID      string
	Updated time.Time
}

// Reported is what Jira says of accounts that were reported as stored.
type Reported struct {
	Closed  []string      // what is stored of them has to go
	Changed []string      // what is stored of them, other than the id, has to be read again
	Cycle   time.Duration // when to report again; 7 days where Jira says nothing
}

// ReportAccounts tells Jira whose accountIds are stored, as every app has to, 90 at a time.
func (c *Client) ReportAccounts(ctx context.Context, accounts []Account) (Reported, error) {
	out := Reported{Cycle: 7 * 24 * time.Hour}
	for batch := range slices.Chunk(accounts, reportAtOnce) {
		type entry struct {
			AccountID string    `json:"accountId"`
			UpdatedAt time.Time `json:"updatedAt"`
		}
		var told []entry
		for _, a := range batch {
			told = append(told, entry{a.ID, a.Updated.UTC()})
		}
		var got struct {
			Accounts []struct{ AccountID, Status string }
		}
		r := &call{
			method: http.MethodPost, path: "/rest/atlassian-connect/latest/report-accounts", name: "POST /report-accounts",
			body: map[string]any{"accounts": told}, into: &got,
		}
		if err := c.do(ctx, r); err != nil {
			return out, fmt.Errorf("report stored accounts: %w", err)
		}
		for _, a := range got.Accounts {
			switch a.Status {
			case "closed":
				out.Closed = append(out.Closed, a.AccountID)
			case "updated":
				out.Changed = append(out.Changed, a.AccountID)
			}
		}
		if days, err := strconv.Atoi(r.header.Get("Cycle-Period")); err == nil && days > 0 && days <= 365 {
			out.Cycle = time.Duration(days) * 24 * time.Hour
		}
	}
	return out, nil
}
