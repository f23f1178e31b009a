package storetest

import (
	"context"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
)

// NewStore opens a store on a fresh data folder, closed when the test ends, with the tenant behavepro.Local.
func NewStore(t testing.TB, kinds ...*store.Kind) *store.Store {
	t.Helper()
	s, err := embedded.OpenDir(context.Background(), t.TempDir(), kinds, embedded.Options{})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	if err := s.CreateTenant(context.Background(), behavepro.Local); err != nil {
		t.Fatalf("create tenant: %v", err)
	}
	return s
}

// NewScope is the scope of the tenant behavepro.Local of a NewStore.
func NewScope(t testing.TB, kinds ...*store.Kind) *store.Scope {
	t.Helper()
	scope, err := NewStore(t, kinds...).Tenant(context.Background(), behavepro.Local)
	if err != nil {
		t.Fatalf("open tenant: %v", err)
	}
	return scope
}
