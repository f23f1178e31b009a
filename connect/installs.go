package connect

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// maxPending is how many sites may wait for approval at once.
const maxPending = 1000

// Installs are the Jira sites that have the app, or had it. They are safe for concurrent use.
type Installs struct{ scope *store.Scope }

// NewInstalls makes the registry on the directory's scope.
func NewInstalls(directory *store.Scope) *Installs { return &Installs{scope: directory} }

// Get finds an install by its client key; an unknown one is ErrNotFound.
func (s *Installs) Get(ctx context.Context, clientKey string) (Install, error) {
	install, rev, err := s.read(ctx, clientKey)
	if err == nil && rev == 0 {
		err = behavepro.ErrNotFound
	}
	if err != nil {
		return Install{}, fmt.Errorf("find install: %w", err)
	}
	return install, nil
}

// ByTenant finds the install of a tenant: the one that lives, else the one that ended last. None is ErrNotFound.
func (s *Installs) ByTenant(ctx context.Context, tenant behavepro.TenantID) (Install, error) {
	all, err := s.list(ctx, store.Key{string(tenant)})
	if err == nil && len(all) == 0 {
		err = behavepro.ErrNotFound
	}
	if err != nil {
		return Install{}, fmt.Errorf("find install of tenant %q: %w", tenant, err)
	}
	return slices.MaxFunc(all, func(a, b Install) int {
		return cmp.Or(cmp.Compare(lives(&a), lives(&b)), a.Ended.Compare(b.Ended), a.LastInstall.Compare(b.LastInstall))
	}), nil
}

func lives(i *Install) int {
	if i.Lives() {
		return 1
	}
	return 0
}

// List returns all installs, by host and then by age.
func (s *Installs) List(ctx context.Context) ([]Install, error) {
	all, err := s.list(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("list installs: %w", err)
	}
	slices.SortFunc(all, func(a, b Install) int {
		return cmp.Or(cmp.Compare(a.Host(), b.Host()), a.Created.Compare(b.Created), cmp.Compare(a.ClientKey, b.ClientKey))
	})
	return all, nil
}

func (s *Installs) list(ctx context.Context, prefix store.Key) ([]Install, error) {
	var all []Install
	for record, err := range s.scope.Scan(ctx, installKind, store.Range{Index: "tenant", Prefix: prefix}) {
		if err != nil {
			return nil, err
		}
		install, err := decodeInstall(&record)
		if err != nil {
			return nil, err
		}
		all = append(all, install)
	}
	return all, nil
}

// Wish is a site's wish to be installed, its token verified.
type Wish struct {
	ClientKey, BaseURL, DisplayURL         string
	Secret                                 behavepro.Secret
	InstallationID, OAuthClientID, Product string
	Issued                                 time.Time // iat of its token
	Approved                               bool      // it needs no approval by the operator
}

// Put writes an install or a re-install, which brings a new secret and maybe a new address. A token that is not newer than the last
// accepted one is refused. An install that was approved once stays so; a client key that is unknown is a new tenant,
// whatever its address. before is called with what is about to be written, and an error of it keeps it from being written.
func (s *Installs) Put(ctx context.Context, now time.Time, w Wish, before func(*Install) error) (Install, error) {
	fresh := newTenant()
	return s.change(ctx, w.ClientKey, func(i *Install, known bool) error {
		if known && !w.Issued.After(i.LastInstall) {
			return refuse(StaleInstall, "issued %s, the last one %s", w.Issued.Format(time.RFC3339), i.LastInstall.Format(time.RFC3339))
		}
		if !known {
			*i = Install{ClientKey: w.ClientKey, Tenant: fresh, Created: now.UTC()}
			if err := s.roomForPending(ctx, w.Approved); err != nil {
				return err
			}
		} else if taken, err := s.taken(ctx, i); err != nil {
			return err
		} else if taken {
			i.Tenant = fresh
		}
		i.BaseURL, i.DisplayURL, i.Secret = w.BaseURL, w.DisplayURL, w.Secret
		i.InstallationID, i.OAuthClientID, i.Product = w.InstallationID, w.OAuthClientID, w.Product
		i.LastInstall, i.Ended = w.Issued.UTC(), time.Time{}
		if w.Approved && i.Approved.IsZero() {
			i.Approved = now.UTC()
		}
		i.State = Approved
		if i.Approved.IsZero() {
			i.State = Pending
		}
		return before(i)
	})
}

// taken reports whether an install that comes back finds its tenant joined to another site.
func (s *Installs) taken(ctx context.Context, i *Install) (bool, error) {
	if i.Lives() {
		return false, nil
	}
	all, err := s.list(ctx, store.Key{string(i.Tenant)})
	return slices.ContainsFunc(all, func(o Install) bool { return o.Lives() }), err
}

func (s *Installs) roomForPending(ctx context.Context, approved bool) error {
	if approved {
		return nil
	}
	all, err := s.list(ctx, nil)
	if err != nil {
		return err
	}
	waiting := 0
	for i := range all {
		if all[i].State == Pending {
			waiting++
		}
	}
	if waiting >= maxPending {
		return forbid(TooManyUnapproved, "too many sites wait for approval", "the operator approves or deletes some: syncd tenant list")
	}
	return nil
}

// Approve lets a site in. One that is approved stays so; one that is uninstalled or gone is ErrGone.
func (s *Installs) Approve(ctx context.Context, now time.Time, clientKey string, before func(*Install) error) (Install, error) {
	return s.known(ctx, clientKey, func(i *Install) error {
		switch {
		case !i.Lives():
			return behavepro.Explain(behavepro.ErrGone, i.Host()+" is "+string(i.State), "install the app in Jira again")
		case i.State == Approved:
			return errSame
		}
		i.State, i.Approved = Approved, now.UTC()
		return before(i)
	})
}

// Uninstalled destroys the secret and keeps the rest, with the time. A token older than the last install is refused; to
// uninstall again is fine.
func (s *Installs) Uninstalled(ctx context.Context, now time.Time, clientKey string, issued time.Time) (Install, error) {
	return s.known(ctx, clientKey, func(i *Install) error {
		if issued.Before(i.LastInstall) {
			return refuse(StaleInstall, "uninstalled %s, installed %s", issued.Format(time.RFC3339), i.LastInstall.Format(time.RFC3339))
		}
		return i.end(Uninstalled, now)
	})
}

// Retire ends an install whose site came back under another client key.
func (s *Installs) Retire(ctx context.Context, now time.Time, clientKey string) (Install, error) {
	return s.known(ctx, clientKey, func(i *Install) error { return i.end(Gone, now) })
}

func (i *Install) end(state State, now time.Time) error {
	if !i.Lives() {
		return errSame
	}
	i.State, i.Secret, i.Ended = state, behavepro.Secret{}, now.UTC()
	return nil
}

// Join gives an install the tenant of an older one, whose site has to have lost the app. It returns the tenant that the install
// had before, which nobody reaches any more.
func (s *Installs) Join(ctx context.Context, clientKey string, old behavepro.TenantID) (Install, behavepro.TenantID, error) {
	olds, err := s.list(ctx, store.Key{string(old)})
	if err != nil {
		return Install{}, "", fmt.Errorf("join tenants: %w", err)
	}
	if len(olds) == 0 {
		return Install{}, "", behavepro.Explain(
			behavepro.ErrNotFound,
			fmt.Sprintf("there is no tenant %q of a Jira site", old),
			"syncd tenant list",
		)
	}
	for _, o := range olds {
		if o.Lives() && o.ClientKey != clientKey {
			return Install{}, "", behavepro.Explain(behavepro.ErrConflict, fmt.Sprintf("tenant %q still has the app at %s", old, o.Host()),
				"a tenant is one site: uninstall the app there first")
		}
	}
	var before behavepro.TenantID
	install, err := s.known(ctx, clientKey, func(i *Install) error {
		if before = i.Tenant; before == old {
			return errSame
		}
		i.Tenant = old
		return nil
	})
	return install, before, err
}

// Delete forgets an install. What belongs to its tenant is the caller's to remove.
func (s *Installs) Delete(ctx context.Context, clientKey string) error {
	if err := s.scope.Drop(ctx, installKind, store.Key{clientKey}); err != nil {
		return fmt.Errorf("delete install: %w", err)
	}
	return nil
}

// errSame ends a change that changes nothing.
var errSame = errors.New("nothing to change")

func (s *Installs) known(ctx context.Context, clientKey string, edit func(*Install) error) (Install, error) {
	return s.change(ctx, clientKey, func(i *Install, known bool) error {
		if !known {
			return behavepro.Explain(behavepro.ErrNotFound, "there is no such install", "syncd tenant list")
		}
		return edit(i)
	})
}

// change edits an install; who loses the race edits what the other one wrote.
func (s *Installs) change(ctx context.Context, clientKey string, edit func(i *Install, known bool) error) (Install, error) {
	for {
		install, rev, err := s.read(ctx, clientKey)
		if err != nil {
			return Install{}, err
		}
		if err := edit(&install, rev != 0); errors.Is(err, errSame) {
			return install, nil
		} else if err != nil {
			return Install{}, err
		}
		done, err := s.write(ctx, rev, &install)
		if err != nil || done {
			return install, err
		}
	}
}

func (s *Installs) read(ctx context.Context, clientKey string) (Install, store.Revision, error) {
	if clientKey == "" || len(clientKey) > maxClientKey {
		return Install{}, 0, nil
	}
	records, err := s.scope.Get(ctx, installKind, store.Key{clientKey})
	if err != nil || records[0].Rev == 0 {
		return Install{}, 0, err
	}
	install, err := decodeInstall(&records[0])
	return install, records[0].Rev, err
}

func (s *Installs) write(ctx context.Context, rev store.Revision, i *Install) (done bool, err error) {
	body := bodyOf(i)
	encoded, err := encoding.Marshal(&body)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", installKind.Name, err)
	}
	record := store.Record{
		Key: store.Key{i.ClientKey}, Body: encoded, Rev: rev,
		Index: []store.IndexEntry{{Index: "tenant", Value: store.Key{string(i.Tenant)}}},
	}
	out, err := s.scope.Write(ctx, store.Durable, store.Change{Action: store.PutIf, Kind: installKind, Record: record})
	if err != nil {
		return false, fmt.Errorf("write install: %w", err)
	}
	return out[0].Result == store.Done, nil
}

// maxClientKey is the length of a client key, in bytes. Jira's are 36 to 64 long.
const maxClientKey = 255

// newTenant is a random id: it tells nothing of the site.
func newTenant() behavepro.TenantID {
	return behavepro.TenantID("t-" + strings.ToLower(rand.Text()[:16]))
}
