package jira

import (
	"context"
	"iter"

	"github.com/behavepro/behavepro"
)

// Client calls one site. It is safe for concurrent use.
type Client struct {
	site Site
	opt  Options
}

// New makes a client of a site.
func New(site Site, opt Options) *Client { return &Client{site: site, opt: opt} }

// Permissions asks what an account may do. Answers are kept for at most a minute.
func (c *Client) Permissions(ctx context.Context, q Question) (Grant, error) {
	return Grant{}, behavepro.ErrUnsupported
}

// Issues reads issues by key. A key of a moved issue is followed: moved says which key it has now. Keys that name no
// issue, or none that the app may see, are missing.
func (c *Client) Issues(ctx context.Context, keys []behavepro.IssueKey) (found []Issue, moved map[behavepro.IssueKey]behavepro.IssueKey, missing []behavepro.IssueKey, err error) {
	return nil, nil, nil, behavepro.ErrUnsupported
}

// IssuesByID reads issues by id; those that are gone are left out.
func (c *Client) IssuesByID(ctx context.Context, ids []int64) ([]Issue, error) {
	return nil, behavepro.ErrUnsupported
}

// SetIssueProperty writes a property of an issue, as JSON of at most 32,768 characters.
func (c *Client) SetIssueProperty(ctx context.Context, issue int64, key string, value any) error {
	return behavepro.ErrUnsupported
}

// Search finds issues by JQL, page by page.
func (c *Client) Search(ctx context.Context, jql string, fields []string) iter.Seq2[Issue, error] {
	return func(yield func(Issue, error) bool) { yield(Issue{}, behavepro.ErrUnsupported) }
}

// Projects lists the site's projects, page by page.
func (c *Client) Projects(ctx context.Context) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) { yield(Project{}, behavepro.ErrUnsupported) }
}

// Project reads a project by id or key.
func (c *Client) Project(ctx context.Context, idOrKey string) (Project, error) {
	return Project{}, behavepro.ErrUnsupported
}

// Users resolves accountIds to display names. Names are shown and never stored.
func (c *Client) Users(ctx context.Context, accounts []string) (map[string]string, error) {
	return nil, behavepro.ErrUnsupported
}
