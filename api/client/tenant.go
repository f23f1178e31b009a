package client

import (
	"context"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
)

// Tenant is whose data belongs together: local, or that of a Jira site.
type Tenant struct {
	ID           behavepro.TenantID `json:"id"`
	Site         string             `json:"site,omitempty"`  // host; left out for local that no site shows
	State        string             `json:"state"`           // local, pending, approved, uninstalled or gone
	Installed    *time.Time         `json:"installed"`       // null for local
	Ended        *time.Time         `json:"ended,omitempty"` // when the site lost the app
	Repositories int                `json:"repositories"`
}

// TenantList is all tenants of a server.
type TenantList struct {
	Tenants []Tenant `json:"tenants"`
}

// ApproveTenant lets a Jira site in.
type ApproveTenant struct {
	Local bool `json:"local,omitempty"` // the site shows the tenant local from now on, with everything in it
}

// JoinTenant gives a site the tenant of one that lost the app.
type JoinTenant struct {
	Old string `json:"old"` // tenant id, or host where it is clear
}

// Tenants lists the tenants. It and its sisters need the server's own admin token.
func (c *Client) Tenants(ctx context.Context) (TenantList, error) {
	var out TenantList
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"tenants"}, out: &out, safe: true})
}

// ApproveTenant lets a site in, named by host or tenant id.
func (c *Client) ApproveTenant(ctx context.Context, id string, in ApproveTenant) (Tenant, error) {
	var out Tenant
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"tenants", id, "approve"}, in: in, out: &out, safe: true})
}

// JoinTenant gives a site the tenant of an older one.
func (c *Client) JoinTenant(ctx context.Context, id string, in JoinTenant) (Tenant, error) {
	var out Tenant
	return out, c.do(ctx, call{method: http.MethodPost, path: []string{"tenants", id, "join"}, in: in, out: &out, safe: true})
}

// DeleteTenant deletes a site's install with all data of its tenant. site is its host, to be sure.
func (c *Client) DeleteTenant(ctx context.Context, id, site string) (Done, error) {
	var out Done
	return out, c.do(ctx, call{method: http.MethodDelete, path: []string{"tenants", id}, query: values("site", site), out: &out, safe: true})
}
