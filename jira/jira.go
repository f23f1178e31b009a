// Package jira talks to one Jira site: issues, permissions, projects, people and the property that makes results
// searchable there. It knows nothing of how requests are signed; its transport does that.
//
// It promises to ask no more than Jira's limits allow, to wait for what a busy site asks for, to leave a site that is down
// alone for a while, and that no error is ever taken for a permission. It never fetches or keeps what no page shows.
package jira

import (
	"context"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
)

// Site is one Jira site that may be called.
type Site struct {
	BaseURL string            // such as https://shop.example.net, without a slash at the end
	HTTP    http.RoundTripper // signs each request, unless its context says Anonymous; nil is http.DefaultTransport
}

// Options are a client's settings; the zero value works.
type Options struct {
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error
	Rand    func() float64 // in [0, 1)
	Timeout time.Duration  // of one request; 10 s
	Budget  int            // requests per minute for permission questions; 600
}

// Permission is the name of one of Jira's permissions.
type Permission string

// The permissions that are asked for.
const (
	BrowseProjects     Permission = "BROWSE_PROJECTS"
	EditIssues         Permission = "EDIT_ISSUES"
	AdministerProjects Permission = "ADMINISTER_PROJECTS"
	Administer         Permission = "ADMINISTER" // global
)

// Question asks what an account may do. The account "" is somebody who is not signed in.
type Question struct {
	Account     string
	Global      []Permission
	Permissions []Permission // asked for each of Issues and Projects
	Issues      []int64
	Projects    []int64
}

// Grant holds what an account may do; what is not in it, it may not.
type Grant struct {
	Global   map[Permission]bool
	Issues   map[Permission]map[int64]bool
	Projects map[Permission]map[int64]bool
}

// Issue is what is known of a Jira issue.
type Issue struct {
	ID             int64              `cbor:"1,keyasint"`
	Key            behavepro.IssueKey `cbor:"2,keyasint"`
	Project        int64              `cbor:"3,keyasint"`
	Summary        string             `cbor:"4,keyasint"`
	Status         string             `cbor:"5,keyasint"`
	StatusCategory string             `cbor:"6,keyasint"` // new, indeterminate or done
	Sprint         string             `cbor:"7,keyasint"` // the active one, else the last
	FixVersions    []string           `cbor:"8,keyasint"`
	Assignee       string             `cbor:"9,keyasint"` // an accountId
	Updated        time.Time          `cbor:"10,keyasint"`
}

// Project is a Jira project. Lead is an accountId.
type Project struct {
	ID   int64
	Key  behavepro.ProjectKey
	Name string
	Lead string
}

type anonymous struct{}

// Anonymous marks a request that must not be signed.
func Anonymous(ctx context.Context) context.Context {
	return context.WithValue(ctx, anonymous{}, true)
}

// IsAnonymous reports whether a request must not be signed. A transport that signs asks it.
func IsAnonymous(ctx context.Context) bool {
	is, _ := ctx.Value(anonymous{}).(bool)
	return is
}
