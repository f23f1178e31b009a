package server

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/manage"
	"github.com/behavepro/behavepro/pages"
	gitsync "github.com/behavepro/behavepro/sync"
)

// manager does what the settings pages offer a visitor.
type manager struct {
	registry  *access.Registry
	service   *gitsync.Service
	use       *manage.Manager
	tenant    behavepro.TenantID
	who       access.Principal
	publicURL string // that webhook addresses begin with
	issuers   []string
	now       func() time.Time
}

// useCases are what API and pages do alike.
func (a *App) useCases() *manage.Manager {
	return &manage.Manager{Hooks: a.registry, Repositories: a.service, Removed: a.jiraChanged}
}

// manager returns what manages a visitor's tenant, reached under a public URL.
func (a *App) manager(who access.Principal, publicURL string) pages.Manager {
	return &manager{
		registry: a.registry, service: a.service, use: a.useCases(), tenant: who.Tenant, who: who,
		publicURL: publicURL, issuers: a.conf.OIDCIssuers, now: a.conf.Now,
	}
}

// change is what a record says of a change that the visitor makes now.
func (m *manager) change() behavepro.Change { return m.who.Change(m.now()) }

func (m *manager) Test(ctx context.Context, wish gitsync.NewRepository) (pages.Found, error) {
	address, _, _, err := gitsync.ParseAddress(wish.URL)
	if err != nil {
		return pages.Found{}, err
	}
	if address.Scheme == "file" && !m.local(wish) {
		return pages.Found{}, behavepro.Explain(
			behavepro.ErrRefused,
			"paths of the server's machine are not for everybody",
			"use an https or ssh address",
		)
	}
	branches, err := m.service.Engine.Check(ctx, address, wish.Credential)
	return pages.Found{Branches: branches}, err
}

func (m *manager) Connect(ctx context.Context, wish gitsync.NewRepository) (pages.Connected, error) {
	wish.AllowLocal = m.local(wish)
	c, err := m.use.Connect(ctx, m.change(), m.tenant, wish)
	if err != nil {
		return pages.Connected{}, err
	}
	return pages.Connected{Repository: c.Repository, Hook: m.newHook(&c.Hook), Warnings: c.Warnings}, nil
}

// local reports whether a wish may name a path of this machine: no site in Jira may.
func (m *manager) local(wish gitsync.NewRepository) bool {
	return wish.AllowLocal && m.tenant == behavepro.Local
}

func (m *manager) Change(ctx context.Context, id behavepro.RepositoryID, change gitsync.RepositoryChange) error {
	_, err := m.service.Change(ctx, m.change(), m.tenant, id, change)
	return err
}

func (m *manager) SetCredential(ctx context.Context, id behavepro.RepositoryID, cred catalog.Credential) error {
	return m.service.SetCredential(ctx, m.change(), m.tenant, id, cred)
}

func (m *manager) Sync(ctx context.Context, id behavepro.RepositoryID) error {
	return m.service.Sync(ctx, m.tenant, id)
}

func (m *manager) Remove(ctx context.Context, id behavepro.RepositoryID) error {
	return m.use.Remove(ctx, m.tenant, id)
}

func (m *manager) Hook(ctx context.Context, id behavepro.RepositoryID) (pages.Hook, error) {
	h, err := m.registry.HookOf(ctx, m.tenant, id)
	if err != nil {
		return pages.Hook{}, err
	}
	return pages.Hook{URL: m.hookURL(&h), Created: h.Created}, nil
}

func (m *manager) RotateHook(ctx context.Context, id behavepro.RepositoryID) (pages.Hook, error) {
	h, err := m.registry.RotateHook(ctx, m.change(), m.tenant, id)
	if err != nil {
		return pages.Hook{}, err
	}
	return m.newHook(&h), nil
}

// newHook is a webhook whose secret is shown, this once.
func (m *manager) newHook(h *access.Hook) pages.Hook {
	return pages.Hook{URL: m.hookURL(h), Secret: h.Secret, Created: h.Created}
}

func (m *manager) hookURL(h *access.Hook) string { return m.publicURL + "/hooks/git/" + h.ID }

func (m *manager) Tokens(ctx context.Context) ([]access.Token, error) {
	return m.registry.List(ctx, m.tenant)
}

func (m *manager) CreateToken(ctx context.Context, wish access.NewToken) (behavepro.Secret, error) {
	wish.Tenant = m.tenant
	secret, _, err := m.registry.Create(ctx, m.change(), wish)
	return secret, err
}

func (m *manager) RevokeToken(ctx context.Context, id string) error {
	return m.registry.Revoke(ctx, m.change(), m.tenant, id)
}

func (m *manager) CI() pages.CIServices {
	return pages.CIServices{Issuers: m.issuers, Audience: oidc.Audience(m.publicURL, m.tenant)}
}

func (m *manager) Trusts(ctx context.Context) ([]access.Trust, error) {
	return m.registry.Trusts(ctx, m.tenant)
}

func (m *manager) AddTrust(ctx context.Context, wish access.Trust) error {
	wish.Tenant = m.tenant
	_, err := m.registry.AddTrust(ctx, m.change(), wish)
	return err
}

func (m *manager) EndTrust(ctx context.Context, id string) error {
	return m.registry.RemoveTrust(ctx, m.tenant, id)
}
