package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

const (
	readAtOnce  = 100    // issues of one bulk read
	maxPages    = 10_000 // of a search or list
	maxProperty = 32_768 // characters of an issue property
)

// Issues reads issues by key, 100 at a time. A key of a moved issue is followed: moved says which key it has now. Keys that name
// no issue, or none that the app may see, are missing.
func (c *Client) Issues(
	ctx context.Context,
	keys []behavepro.IssueKey,
) (found []Issue, moved map[behavepro.IssueKey]behavepro.IssueKey, missing []behavepro.IssueKey, err error) {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	look := &lookup{client: c, moved: map[behavepro.IssueKey]behavepro.IssueKey{}}
	for batch := range slices.Chunk(slices.Compact(keys), readAtOnce) {
		if err := look.read(ctx, batch); err != nil {
			return nil, nil, nil, err
		}
	}
	slices.SortFunc(look.found, byID)
	look.found = slices.CompactFunc(look.found, func(a, b Issue) bool { return a.ID == b.ID })
	return look.found, look.moved, look.missing, nil
}

func byID(a, b Issue) int { return cmp.Compare(a.ID, b.ID) }

type lookup struct {
	client  *Client
	found   []Issue
	moved   map[behavepro.IssueKey]behavepro.IssueKey
	missing []behavepro.IssueKey
}

func (l *lookup) read(ctx context.Context, keys []behavepro.IssueKey) error {
	issues, err := bulkRead(ctx, l.client, keys)
	if err != nil {
		return err
	}
	l.found = append(l.found, issues...)
	rest := slices.DeleteFunc(slices.Clone(keys), func(k behavepro.IssueKey) bool {
		return slices.ContainsFunc(issues, func(i Issue) bool { return i.Key == k })
	})
	if len(issues) == 0 {
		l.missing = append(l.missing, rest...)
		return nil
	}
	return l.follow(ctx, rest)
}

// follow looks up keys that no found issue has any more. A bulk answer does not say which key led to which issue, so they are
// halved until it is clear.
func (l *lookup) follow(ctx context.Context, keys []behavepro.IssueKey) error {
	if len(keys) == 0 {
		return nil
	}
	issues, err := bulkRead(ctx, l.client, keys)
	switch {
	case err != nil:
		return err
	case len(issues) == 0:
		l.missing = append(l.missing, keys...)
		return nil
	case len(keys) == 1:
		l.found = append(l.found, issues...)
		l.moved[keys[0]] = issues[0].Key
		return nil
	}
	half := len(keys) / 2
	if err := l.follow(ctx, keys[:half]); err != nil {
		return err
	}
	return l.follow(ctx, keys[half:])
}

// IssuesByID reads issues by id, in the order of ids; those that are gone, or that the app may not see, are left out.
func (c *Client) IssuesByID(ctx context.Context, ids []int64) ([]Issue, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var all []Issue
	for batch := range slices.Chunk(slices.Compact(ids), readAtOnce) {
		issues, err := bulkRead(ctx, c, batch)
		if err != nil {
			return nil, err
		}
		all = append(all, issues...)
	}
	slices.SortFunc(all, byID)
	return all, nil
}

func bulkRead[K int64 | behavepro.IssueKey](ctx context.Context, c *Client, names []K) ([]Issue, error) {
	fields, sprint, err := c.fields(ctx)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = fmt.Sprint(n)
	}
	var got struct{ Issues []wireIssue }
	err = c.do(ctx, &call{
		method: http.MethodPost, path: "/rest/api/3/issue/bulkfetch", name: "POST /issue/bulkfetch",
		body: map[string]any{"issueIdsOrKeys": texts, "fields": fields}, into: &got,
	})
	if err != nil {
		return nil, fmt.Errorf("read issues: %w", err)
	}
	return issuesOf(got.Issues, sprint)
}

// Search finds issues by JQL, page by page. Without fields, all that Issue has are read. It stops at the first error, which it
// yields.
func (c *Client) Search(ctx context.Context, jql string, fields []string) iter.Seq2[Issue, error] {
	return func(yield func(Issue, error) bool) {
		known, sprint, err := c.fields(ctx)
		if err != nil {
			yield(Issue{}, err)
			return
		}
		if fields == nil {
			fields = known
		}
		token := ""
		for range maxPages {
			issues, next, err := c.searchPage(ctx, jql, fields, token, sprint)
			if err != nil {
				yield(Issue{}, err)
				return
			}
			for _, i := range issues {
				if !yield(i, nil) {
					return
				}
			}
			if next == "" || next == token {
				return
			}
			token = next
		}
		yield(Issue{}, fmt.Errorf("search issues: more than %d pages: %w", maxPages, behavepro.ErrLimit))
	}
}

func (c *Client) searchPage(ctx context.Context, jql string, fields []string, token, sprint string) ([]Issue, string, error) {
	body := map[string]any{"jql": jql, "fields": fields, "maxResults": readAtOnce}
	if token != "" {
		body["nextPageToken"] = token
	}
	var got struct {
		Issues        []wireIssue
		NextPageToken string
	}
	err := c.do(ctx, &call{method: http.MethodPost, path: "/rest/api/3/search/jql", name: "POST /search/jql", body: body, into: &got})
	if err != nil {
		return nil, "", fmt.Errorf("search issues: %w", err)
	}
	issues, err := issuesOf(got.Issues, sprint)
	return issues, got.NextPageToken, err
}

// SetIssueProperty writes a property of an issue, as JSON of at most 32,768 characters.
func (c *Client) SetIssueProperty(ctx context.Context, issue int64, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write property %s: %w: %w", key, behavepro.ErrInvalid, err)
	}
	if n := len([]rune(string(text))); n > maxProperty {
		return fmt.Errorf("write property %s: %d characters are more than %d: %w", key, n, maxProperty, behavepro.ErrLimit)
	}
	err = c.do(ctx, &call{
		method: http.MethodPut, path: fmt.Sprintf("/rest/api/3/issue/%d/properties/%s", issue, url.PathEscape(key)),
		name: "PUT /issue/{id}/properties/{key}", body: json.RawMessage(text), issue: issue,
	})
	if err != nil {
		return fmt.Errorf("write property %s of issue %d: %w", key, issue, err)
	}
	return nil
}

// wireIssue is an issue as Jira sends it.
type wireIssue struct {
	ID     string
	Key    behavepro.IssueKey
	Fields map[string]json.RawMessage
}

func issuesOf(wire []wireIssue, sprint string) ([]Issue, error) {
	all := make([]Issue, len(wire))
	for i := range wire {
		var err error
		if all[i], err = wire[i].issue(sprint); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (w *wireIssue) issue(sprint string) (Issue, error) {
	out := Issue{Key: w.Key}
	var err error
	if out.ID, err = strconv.ParseInt(w.ID, 10, 64); err != nil {
		return out, fmt.Errorf("read issue %s: %q is no id: %w", w.Key, w.ID, behavepro.ErrUnavailable)
	}
	var status struct {
		Name           string
		StatusCategory struct{ Key string }
	}
	var project struct{ ID json.Number }
	var versions []struct{ Name string }
	var assignee *struct{ AccountID string }
	var updated string
	for name, into := range map[string]any{
		"summary": &out.Summary, "status": &status, "project": &project, "fixVersions": &versions, "assignee": &assignee, "updated": &updated,
	} {
		if text := w.Fields[name]; text != nil {
			if err := json.Unmarshal(text, into); err != nil {
				return out, fmt.Errorf("read %s of issue %s: %w: %w", name, w.Key, behavepro.ErrUnavailable, err)
			}
		}
	}
	out.Status, out.StatusCategory = status.Name, status.StatusCategory.Key
	out.Project, _ = project.ID.Int64() // 0 where the field was not asked for
	for _, v := range versions {
		out.FixVersions = append(out.FixVersions, v.Name)
	}
	if assignee != nil {
		out.Assignee = assignee.AccountID
	}
	out.Updated = parseTime(updated)
	out.Sprint = sprintOf(w.Fields[sprint])
	return out, nil
}

func parseTime(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// sprintOf picks the active sprint, else the last one.
func sprintOf(text json.RawMessage) string {
	var sprints []struct{ Name, State string }
	if text == nil || json.Unmarshal(text, &sprints) != nil || len(sprints) == 0 {
		return ""
	}
	for _, s := range sprints {
		if s.State == "active" {
			return s.Name
		}
	}
	return sprints[len(sprints)-1].Name
}

// sprintSchema tells the sprint's field, whose id differs from site to site.
const sprintSchema = "com.pyxis.greenhopper.jira:gh-sprint"

// sprintField is the id of the sprint's field, looked up once an hour.
type sprintField struct {
	mu    sync.Mutex
	id    string // "" where the site has none
	known time.Time
}

// fields lists what is read of issues, and the id of the sprint's field among them.
func (c *Client) fields(ctx context.Context) (fields []string, sprint string, err error) {
	fields = []string{"summary", "status", "project", "fixVersions", "assignee", "updated"}
	now := c.opt.Now()
	c.sprint.mu.Lock()
	id, fresh := c.sprint.id, !c.sprint.known.IsZero() && now.Sub(c.sprint.known).Abs() <= time.Hour
	c.sprint.mu.Unlock()
	if !fresh {
		if id, err = c.sprintFieldID(ctx); err != nil {
			return nil, "", fmt.Errorf("read the site's fields: %w", err)
		}
		c.sprint.mu.Lock()
		c.sprint.id, c.sprint.known = id, now
		c.sprint.mu.Unlock()
	}
	if id != "" {
		fields = append(fields, id)
	}
	return fields, id, nil
}

func (c *Client) sprintFieldID(ctx context.Context) (string, error) {
	var all []struct {
		ID     string
		Schema struct{ Custom string }
	}
	if err := c.do(ctx, &call{method: http.MethodGet, path: "/rest/api/3/field", name: "GET /field", into: &all}); err != nil {
		return "", err
	}
	for _, f := range all {
		if f.Schema.Custom == sprintSchema {
			return f.ID, nil
		}
	}
	return "", nil
}
