package api_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/store/storetest"
	gitsync "github.com/behavepro/behavepro/sync"
)

const cart = `@shop
Feature: Cart

  @SHOP-1 @slow
  Scenario: Add a thing
    Given a thing

  @SHOP-2
  Scenario Outline: Many things
    Given <n> things
    Examples:
      | n | of    |
      | 1 | pears |
      | 2 | figs  |
`

const broken = "Feature: Broken\n  Scenario: Fine\n    Given a\n  what is this\n"

// house is an API on real rooms, with a sync and an intake of results that only write down what they are asked.
type house struct {
	t        *testing.T
	now      time.Time
	registry *access.Registry
	catalog  *catalog.Catalog
	foreign  *catalog.Catalog // of the tenant "other"
	shop     *catalogtest.History
	pay      *catalogtest.History
	tip      behavepro.SHA
	syncs    *fakeSync
	next     behavepro.SHA // of a commit that comes with the next sync of acme/shop
	log      *testenv.Buffer
	api      *api.Server
	server   *httptest.Server
}

func newHouse(t *testing.T, change ...func(*api.Options)) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), log: &testenv.Buffer{}}
	h.registry = access.New(storetest.NewStore(t, access.Kinds()...).Directory())
	h.catalog, h.foreign = catalogtest.Open(t), catalogtest.Open(t)
	h.shop = catalogtest.New(t, h.catalog, "acme/shop", "SHOP")
	first, second := map[string]string{"features/cart.feature": cart, "features/broken.feature": broken}, map[string]string{"features/cart.feature": cart}
	twin := catalogtest.New(t, catalogtest.Open(t), "acme/shop", "SHOP")
	h.next = twin.Commit(second, twin.Commit(first))
	h.tip = h.shop.Commit(first)
	h.shop.Branch("main", map[string]behavepro.SHA{"main": h.tip})
	h.pay = catalogtest.New(t, h.catalog, "acme/pay", "PAY")
	h.pay.Branch("main", map[string]behavepro.SHA{"main": h.pay.Commit(map[string]string{"p.feature": "Feature: P\n  @SHOP-1\n  Scenario: Pay\n    Given x\n"})})
	h.syncs = &fakeSync{catalog: h.catalog}
	catalogs := func(_ context.Context, tenant behavepro.TenantID) (*catalog.Catalog, error) {
		if tenant == behavepro.Local {
			return h.catalog, nil
		}
		return h.foreign, nil
	}
	var hosts []string
	h.server = httptest.NewUnstartedServer(nil)
	hosts = append(hosts, h.server.Listener.Addr().String())
	opt := api.Options{
		Access: h.registry, Catalogs: catalogs, Repositories: h.syncs, Hosts: hosts,
		PublicURL: "https://behave.example.com", Version: client.Version{Version: "1.2.3"}, Now: func() time.Time { return h.now },
		PageLink: func(ticket behavepro.Secret) string {
			return "https://behave.example.com/open?ticket=" + ticket.Reveal()
		},
		Logger: slog.New(slog.NewJSONHandler(h.log, nil)),
	}
	for _, c := range change {
		c(&opt)
	}
	h.api = api.New(opt)
	h.server.Config.Handler = h.api
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

// arrive lets the next sync bring a commit, and match what waits for it as a sync does.
func (h *house) arrive() {
	h.syncs.arrives = func() {
		h.shop.Branch("main", map[string]behavepro.SHA{"main": h.shop.Commit(map[string]string{"features/cart.feature": cart}, h.tip)})
		if err := (ingest.Ingest{Catalog: h.catalog}).Rematch(context.Background(), h.shop.Repo); err != nil {
			h.t.Error(err)
		}
		h.syncs.arrives = nil
	}
}

// pushes lists what was stored for a commit, of a repository or under projects.
func (h *house) pushes(repo behavepro.RepositoryID, commit behavepro.SHA) []*catalog.Push {
	h.t.Helper()
	all, err := h.catalog.PushesOf(h.t.Context(), repo, commit)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// token makes a token for projects; none means all.
func (h *house) token(verbs string, projects ...behavepro.ProjectKey) string {
	h.t.Helper()
	return h.tokenOf(behavepro.Local, verbs, time.Time{}, projects...)
}

func (h *house) tokenOf(tenant behavepro.TenantID, verbs string, expires time.Time, projects ...behavepro.ProjectKey) string {
	h.t.Helper()
	parsed, err := access.ParseVerbs(verbs)
	if err != nil {
		h.t.Fatal(err)
	}
	wish := access.NewToken{Name: "ci", Expires: expires, Grant: access.Grant{Tenant: tenant, Projects: projects, AllProjects: len(projects) == 0, Verbs: parsed}}
	at := h.now
	if !expires.IsZero() {
		at = expires.Add(-time.Hour)
	}
	secret, _, err := h.registry.Create(h.t.Context(), behavepro.Change{At: at}, wish)
	if err != nil {
		h.t.Fatal(err)
	}
	return secret.Reveal()
}

func (h *house) client(token string, more ...func(*client.Options)) *client.Client {
	h.t.Helper()
	opt := client.Options{URL: h.server.URL, Token: behavepro.NewSecret(token), FirstWait: time.Millisecond}
	for _, m := range more {
		m(&opt)
	}
	c, err := client.New(opt)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// fakeSync connects repositories without looking at them.
type fakeSync struct {
	catalog *catalog.Catalog
	mu      sync.Mutex
	asked   []string
	cred    catalog.Credential
	arrives func() // what a sync brings; nil is nothing
	wish    gitsync.NewRepository
}

func (f *fakeSync) note(what string, id behavepro.RepositoryID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what+" "+string(id))
	return nil
}

func (f *fakeSync) Add(ctx context.Context, _ behavepro.Change, _ behavepro.TenantID, wish gitsync.NewRepository) (*catalog.Repository, []string, error) {
	f.wish = wish
	if wish.URL == "" {
		return nil, nil, errors.Join(behavepro.Explain(behavepro.ErrInvalid, "no address", "give one"), behavepro.Explain(behavepro.ErrInvalid, "no name", ""))
	}
	repo := &catalog.Repository{ID: "new", Name: cmp.Or(wish.Name, "new"), URL: wish.URL, Projects: wish.Projects}
	return repo, []string{"be careful"}, f.catalog.PutRepository(ctx, repo)
}

func (f *fakeSync) Change(ctx context.Context, _ behavepro.Change, _ behavepro.TenantID, id behavepro.RepositoryID, change gitsync.RepositoryChange) (*catalog.Repository, error) {
	repo, err := f.catalog.Repository(ctx, id)
	if err == nil && change.Branches != nil {
		repo.Branches = *change.Branches
		err = f.catalog.PutRepository(ctx, repo)
	}
	return repo, err
}

func (f *fakeSync) Remove(ctx context.Context, _ behavepro.TenantID, id behavepro.RepositoryID) error {
	return f.catalog.RemoveRepository(ctx, id, time.Now())
}

func (f *fakeSync) Sync(_ context.Context, _ behavepro.TenantID, id behavepro.RepositoryID) error {
	if f.arrives != nil {
		f.arrives()
	}
	return f.note("sync", id)
}

func (f *fakeSync) Wait(_ context.Context, _ behavepro.TenantID, id behavepro.RepositoryID) error {
	return f.note("wait", id)
}

func (f *fakeSync) SetCredential(_ context.Context, _ behavepro.Change, _ behavepro.TenantID, id behavepro.RepositoryID, cred catalog.Credential) error {
	f.cred = cred
	return f.note("credential", id)
}

const report = `[{"uri":"features/cart.feature","id":"cart","keyword":"Feature","name":"Cart","line":2,"elements":[
{"id":"cart;add","keyword":"Scenario","type":"scenario","name":"Add a thing","line":5,"steps":[{"keyword":"Given ","name":"a thing","line":6,"result":{"status":"passed","duration":1}}]}]}]`

func file(name, text string) client.ReportFile {
	return client.ReportFile{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}
