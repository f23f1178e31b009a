package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/objects"
	"github.com/behavepro/behavepro/store/seal"
)

// MaxObject is the most bytes that an object's plain body may have.
const MaxObject = 16 << 20

// objectSpace takes the place of a kind in what an object is bound to.
const objectSpace = "store_object"

// PutObject keeps a body beside the records, compressed and sealed, under a name inside a group. Group and name stand
// in the clear nowhere. What has the name already is replaced.
func (s *Scope) PutObject(ctx context.Context, group, name string, plain []byte) error {
	if name == "" {
		return fmt.Errorf("write object: no name: %w", behavepro.ErrInvalid)
	}
	if len(plain) > MaxObject {
		return fmt.Errorf("write object: %d bytes, more than %d: %w", len(plain), MaxObject, behavepro.ErrLimit)
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	keys := s.keys.Load()
	at, err := s.objectName(keys, group, name)
	if err != nil {
		return err
	}
	form, packed, done := pack(plain)
	defer done()
	sealed, err := sealBody(keys, form, s.objects(), at, packed)
	if err != nil {
		return fmt.Errorf("seal object: %w", err)
	}
	return s.store.objects.Put(ctx, at, sealed)
}

// Object reads an object. None is ErrNotFound, one that does not open ErrCorrupt.
func (s *Scope) Object(ctx context.Context, group, name string) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	keys := s.keys.Load()
	at, err := s.objectName(keys, group, name)
	if err != nil {
		return nil, err
	}
	sealed, err := s.store.objects.Get(ctx, at)
	if err != nil {
		return nil, err
	}
	form, packed, err := openBody(keys, s.objects(), at, sealed)
	if err != nil {
		if now, changed, again := s.store.reloadKeys(ctx, s, keys); again == nil && changed {
			form, packed, err = openBody(now, s.objects(), at, sealed)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	return unpack(form, packed)
}

// DropObject deletes an object; none is no error. The empty name means all of the group.
func (s *Scope) DropObject(ctx context.Context, group, name string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.mu.RUnlock()
	at, err := s.objectName(s.keys.Load(), group, name)
	if err != nil {
		return err
	}
	return s.store.objects.Drop(ctx, at)
}

// StatObjects counts the tenant's objects and their bytes as they are stored.
func (s *Scope) StatObjects(ctx context.Context) (stat Stat, err error) {
	if err := s.enter(); err != nil {
		return stat, err
	}
	defer s.mu.RUnlock()
	err = s.store.objects.Each(ctx, tenantFolder(s.tenant), func(_ string, size int64) error {
		stat.Records++
		stat.Bytes += size
		return nil
	})
	return stat, err
}

func (s *Scope) objects() Space { return Space{Tenant: s.tenant, Kind: objectSpace} }

// objectName is where an object is: hashes under the tenant's key, in the tenant's folder.
func (s *Scope) objectName(keys *seal.Keys, group, name string) (string, error) {
	if s.tenant == "" || group == "" {
		return "", fmt.Errorf("name object: no tenant or group: %w", behavepro.ErrInvalid)
	}
	at := tenantFolder(s.tenant)
	for i, part := range []string{group, name} {
		if part == "" {
			continue
		}
		sum, err := keys.Hash([]string{objectSpace, []string{"group", "name"}[i]}, part)
		if err != nil {
			return "", fmt.Errorf("name object: %w", err)
		}
		at += "/" + hex.EncodeToString(sum)
	}
	return at, nil
}

// tenantFolder names a tenant's objects: as its id, where that can be a name.
func tenantFolder(tenant string) string {
	if tenant != "" && strings.Trim(tenant, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		return tenant
	}
	return "_" + hex.EncodeToString([]byte(tenant))
}

// Objects are all objects of all tenants, sealed: for a backup.
func (s *Store) Objects() objects.Store { return s.objects }
