// Package store keeps records. Rooms declare their kinds of records and get a Scope of one tenant; the Store under it
// encodes keys, compresses, seals and splits bodies; a Driver under that keeps bytes.
//
// It promises that a tenant's data can be named only through that tenant's scope, that no body and no Keyed field is
// ever written in clear, that a lost race is an outcome and never a lost update, and that each record is written whole
// or not at all. It never looks into a body, and knows nothing of any engine.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/objects"
	"github.com/behavepro/behavepro/store/seal"
	"github.com/fxamacker/cbor/v2"
)

// Options for Open.
type Options struct {
	Driver Driver       // closed by Store.Close, and by Open where it fails
	Keys   seal.Wrapper // the key-encryption key
	Kinds  []*Kind
	Logger *slog.Logger // nil logs nothing
	// Objects keeps bodies that are too large for records; nil keeps none.
	Objects objects.Store
}

// Store is the directory and the tenants of one installation.
type Store struct {
	driver    Driver
	wrapper   seal.Wrapper
	log       *slog.Logger
	codecs    map[string]*codec
	directory *Scope
	objects   objects.Store

	mu     sync.Mutex
	scopes map[behavepro.TenantID]*Scope
}

// Open makes a driver's data usable. Wrong declarations are reported all at once. The first Open of empty data makes the
// directory's keys. A key-encryption key that does not open existing data is ErrCorrupt, with a message for people.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := open(ctx, o)
	if err != nil {
		return nil, errors.Join(err, o.Driver.Close())
	}
	return s, nil
}

func open(ctx context.Context, o Options) (*Store, error) {
	kinds := append([]*Kind{keysetKind, partKind}, o.Kinds...)
	if err := Validate(kinds); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	compressor() // makes it now, not in some test's bubble
	decompressor()
	if o.Objects == nil {
		o.Objects = objects.None{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		objects: o.Objects,
		driver:  o.Driver, wrapper: o.Keys, log: o.Logger,
		codecs: map[string]*codec{}, scopes: map[behavepro.TenantID]*Scope{},
	}
	for _, k := range o.Kinds { // the store's own kinds are not for scopes
		s.codecs[k.Name] = newCodec(k)
	}
	if err := s.driver.Declare(ctx, kinds); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	keys, err := s.directoryKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.directory = s.newScope("", keys)
	return s, nil
}

// directoryKeys reads the directory's keys, or makes them where there is no data yet.
func (s *Store) directoryKeys(ctx context.Context) (*seal.Keys, error) {
	keys, _, err := s.loadKeys(ctx, "")
	if err == nil || !errors.Is(err, behavepro.ErrNotFound) {
		return keys, err
	}
	if tenants, err := s.Tenants(ctx); err != nil || len(tenants) > 0 {
		return nil, errors.Join(
			err,
			behavepro.Explain(behavepro.ErrCorrupt, "the directory's keys are missing", "restore the data from a backup"),
		)
	}
	if err := s.makeKeys(ctx, ""); err != nil && !errors.Is(err, behavepro.ErrExists) {
		return nil, err
	}
	keys, _, err = s.loadKeys(ctx, "")
	return keys, err
}

func (s *Store) newScope(tenant string, keys *seal.Keys) *Scope {
	scope := &Scope{store: s, tenant: tenant}
	scope.keys.Store(keys)
	return scope
}

// Directory is the scope of what belongs to no tenant: tokens, hooks, installs, jobs. It takes kinds with Directory set.
func (s *Store) Directory() *Scope { return s.directory }

// Close closes the driver. Scopes must not be used any more.
func (s *Store) Close() error { return s.driver.Close() }

// keysetKind is the store's own list of tenants. Its bodies are wrapped by the key-encryption key, not sealed.
var keysetKind = &Kind{
	Name: "store_keyset",
	Key: []Field{
		{Name: "owner", Guard: Plain, Why: "directory or tenant"},
		{Name: "tenant", Guard: Plain, Why: "the tenant's id is needed to find its keys"},
	},
	Body:      "the owner's keys, wrapped by the key-encryption key; when they were made",
	Class:     ClassOperational,
	Purpose:   "seal and open the owner's data",
	Retention: "until the tenant is removed",
	Directory: true,
}

// keysetBody is what a record of keysetKind holds.
type keysetBody struct {
	Wrapped seal.Wrapped `cbor:"1,keyasint"`
	Created time.Time    `cbor:"2,keyasint"`
}

const tenantOwner = "tenant" + terminator

var keysetSpace = Space{Kind: keysetKind.Name}

func keysetKey(tenant string) string {
	if tenant == "" {
		return "directory" + terminator
	}
	return tenantOwner + string(appendEscaped(nil, tenant))
}

// loadKeys reads and unwraps an owner's keys, with the revision of their record.
func (s *Store) loadKeys(ctx context.Context, tenant string) (*seal.Keys, Revision, error) {
	raws, err := s.driver.Get(ctx, keysetSpace, []string{keysetKey(tenant)})
	if err != nil {
		return nil, 0, fmt.Errorf("read keys: %w", err)
	}
	if raws[0].Rev == 0 {
		return nil, 0, fmt.Errorf("tenant %q: %w", tenant, behavepro.ErrNotFound)
	}
	var body keysetBody
	if err := cbor.Unmarshal(raws[0].Body, &body); err != nil {
		return nil, 0, fmt.Errorf("read keys: %w: %w", behavepro.ErrCorrupt, err)
	}
	keys, err := seal.Open(ctx, s.wrapper, tenant, body.Wrapped)
	return keys, raws[0].Rev, err
}

// makeKeys makes an owner's first keys, or returns ErrExists.
func (s *Store) makeKeys(ctx context.Context, tenant string) error {
	keys, err := seal.New(tenant)
	if err != nil {
		return err
	}
	out, err := s.saveKeys(ctx, tenant, keys, PutNew, 0)
	if err != nil {
		return err
	}
	if out != Done {
		return fmt.Errorf("tenant %q: %w", tenant, behavepro.ErrExists)
	}
	return nil
}

func (s *Store) saveKeys(ctx context.Context, tenant string, keys *seal.Keys, action Action, rev Revision) (Result, error) {
	wrapped, err := keys.Wrap(ctx, s.wrapper)
	if err != nil {
		return 0, err
	}
	body, err := cbor.Marshal(keysetBody{Wrapped: wrapped, Created: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return 0, fmt.Errorf("encode keys: %w", err)
	}
	op := Op{Action: action, At: keysetSpace, Raw: Raw{Key: keysetKey(tenant), Body: body, Rev: rev}}
	out, err := s.driver.Write(ctx, []Op{op}, Durable)
	if err != nil {
		return 0, fmt.Errorf("write keys: %w", err)
	}
	return out[0].Result, nil
}
