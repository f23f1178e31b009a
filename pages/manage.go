package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

// Manager does what the settings pages offer a visitor: it changes the visitor's tenant, in the visitor's name. The pages have checked
// that the visitor may do it, and that settings are well-formed; a Manager checks whatever else there is. An error that a person can
// fix is a behavepro.Problem.
type Manager interface {
	// Test looks at a repository as Connect would, and connects nothing.
	Test(ctx context.Context, wish gitsync.NewRepository) (Found, error)
	// Connect connects a repository, asks for its first sync and makes its webhook.
	Connect(ctx context.Context, wish gitsync.NewRepository) (Connected, error)
	Change(ctx context.Context, id behavepro.RepositoryID, change gitsync.RepositoryChange) error
	SetCredential(ctx context.Context, id behavepro.RepositoryID, cred catalog.Credential) error
	Sync(ctx context.Context, id behavepro.RepositoryID) error
	// Remove disconnects a repository and ends its webhook.
	Remove(ctx context.Context, id behavepro.RepositoryID) error
	// Hook tells a repository's webhook, without its secret; ErrNotFound where it has none.
	Hook(ctx context.Context, id behavepro.RepositoryID) (Hook, error)
	// RotateHook makes a new address and secret, and ends those before.
	RotateHook(ctx context.Context, id behavepro.RepositoryID) (Hook, error)
	// Tokens lists the tenant's tokens, the newest first.
	Tokens(ctx context.Context) ([]access.Token, error)
	// CreateToken makes a token of the visitor's tenant, whatever tenant the wish names.
	CreateToken(ctx context.Context, wish access.NewToken) (behavepro.Secret, error)
	RevokeToken(ctx context.Context, id string) error
	// CI tells whose ID tokens the server takes, and for which audience in the tenant.
	CI() CIServices
	// Trusts lists the tenant's trusts, the newest first.
	Trusts(ctx context.Context) ([]access.Trust, error)
	// AddTrust keeps a trust of the visitor's tenant, whatever tenant the wish names.
	AddTrust(ctx context.Context, wish access.Trust) error
	EndTrust(ctx context.Context, id string) error
}

// Found is what a look at a repository says.
type Found struct {
	Branches int
}

// Connected is a new repository.
type Connected struct {
	Repository *catalog.Repository
	Hook       Hook
	Warnings   []string // for the person who connects it
}

// Hook is where a Git host tells that something was pushed.
type Hook struct {
	URL     string
	Secret  behavepro.Secret // zero where it is not told again
	Created time.Time
}

// maxForm is the most bytes of a form, which may hold keys.
const maxForm = 256 << 10

// write is a route that changes something: a form of ours sent it. It answers with a redirect, with a secret that is shown once, or
// with the form and what is wrong in it.
func (p *Pages) write(path, about string, verb access.Verb, serve func(*Pages, *Visit) error) Route {
	return p.writeOf(OfSettings, path, about, verb, serve)
}

func (p *Pages) writeOf(of Of, path, about string, verb access.Verb, serve func(*Pages, *Visit) error) Route {
	return p.at(http.MethodPost, path, of, about, func(p *Pages, v *Visit) error {
		if err := v.Principal.Allow(verb); err != nil {
			return err
		}
		if v.Manager == nil {
			return behavepro.Explain(behavepro.ErrForbidden, "settings are only shown here", "")
		}
		if err := v.readForm(); err != nil {
			return err
		}
		return serve(p, v)
	})
}

// readForm reads the form of a write, and refuses one that another site made a browser send. Inside another site the token in the
// form proves that it is ours: nothing else could have put it there.
func (v *Visit) readForm() error {
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
	if err := v.R.ParseForm(); err != nil {
		return behavepro.Explain(behavepro.ErrInvalid, "the form cannot be read", "load the page again")
	}
	foreign := v.Host != nil && v.R.PostForm.Get(TokenField) == ""
	if v.Host == nil {
		foreign = http.NewCrossOriginProtection().Check(v.R) != nil
	}
	if foreign {
		return behavepro.Explain(behavepro.ErrForbidden, "this form was not sent from this page", "load the page again")
	}
	return nil
}

// owned finds the repository that the path names, if the visitor may change it.
func (v *Visit) owned() (*catalog.Repository, error) {
	r, err := v.repository()
	if err != nil {
		return nil, err
	}
	return r, v.Principal.AllowOwner(access.ReposWrite, r)
}

// mayTokens reports whether the visitor manages tokens here.
func (v *Visit) mayTokens() bool { return v.Manager != nil && v.Principal.AllowTokens() == nil }

// mayConnect says why the visitor may connect no repository; nil if it may.
func (v *Visit) mayConnect() error {
	if err := v.Principal.AllowConnect(); err != nil {
		return err
	}
	if v.NoLeave {
		return behavepro.Explain(behavepro.ErrForbidden, "project admins may not connect repositories in this Jira site",
			"a Jira admin can connect one, or allow it on the page of this app in Jira's administration")
	}
	return nil
}
