package client

import (
	"context"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
)

// Trust lets the jobs of one repository at a CI service push results by their ID token, without an API token.
type Trust struct {
	ID             string                 `json:"id"`
	Name           string                 `json:"name"` // for people; pushes say it
	Projects       []behavepro.ProjectKey `json:"projects"`
	Repository     string                 `json:"repository,omitempty"` // ID of the connected repository; "": all of the projects
	RepositoryName string                 `json:"repositoryName,omitempty"`
	Issuer         string                 `json:"issuer"`
	RepositoryID   string                 `json:"repositoryId"` // the CI service's number of the repository
	OwnerID        string                 `json:"ownerId"`      // the CI service's number of its owner or namespace
	Refs           []string               `json:"refs"`         // such as refs/heads/main; * ends at a slash, ** does not
	Events         []string               `json:"events"`       // such as push or pull_request
	Gate           bool                   `json:"gate"`         // its jobs may ask gates of the projects, too
	Created        time.Time              `json:"created"`
}

// TrustList is the trusts of a tenant, the newest first.
type TrustList struct {
	Trusts []Trust `json:"trusts"`
	Next   string  `json:"next,omitempty"` // where more follow: ?after= it gives them
}

// AddTrust asks for a trust.
type AddTrust struct {
	Name         string                 `json:"name,omitempty"`
	Projects     []behavepro.ProjectKey `json:"projects"`
	Repository   string                 `json:"repository,omitempty"` // id or name; limits the trust to it
	Issuer       string                 `json:"issuer"`
	RepositoryID string                 `json:"repositoryId"`
	OwnerID      string                 `json:"ownerId"`
	Refs         []string               `json:"refs"`
	Events       []string               `json:"events"`
	Gate         bool                   `json:"gate,omitempty"` // lets its jobs ask gates of the projects, too
}

// Trusts lists the trusts of the tenant.
func (c *Client) Trusts(ctx context.Context) (TrustList, error) {
	return pages(func(after string) (TrustList, error) {
		var out TrustList
		return out, c.do(ctx, call{method: http.MethodGet, path: []string{"trusts"}, query: values("after", after), out: &out, safe: true})
	}, func(all *TrustList, part TrustList) string {
		all.Trusts = append(all.Trusts, part.Trusts...)
		return part.Next
	})
}

// AddTrust lets the jobs of a repository at a CI service in.
func (c *Client) AddTrust(ctx context.Context, in AddTrust) (Trust, error) {
	var out Trust
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"trusts"}, in: in, out: &out})
}

// RemoveTrust ends a trust at once.
func (c *Client) RemoveTrust(ctx context.Context, id string) (Done, error) {
	var out Done
	return out, c.do(ctx, call{method: http.MethodDelete, path: []string{"trusts", id}, out: &out, safe: true})
}
