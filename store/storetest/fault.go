package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/seal"
	"github.com/behavepro/behavepro/store/sqlite"
)

// Fault is how a write goes wrong.
type Fault int

const (
	Nothing  Fault = iota // nothing of it is written
	Part                  // the first half of its changes is written, as an engine without transactions may do
	All                   // all is written, and the answer is lost
	FullDisk              // nothing of it is written, nor of any write after it
)

// Faults are all of them.
var Faults = []Fault{Nothing, Part, All, FullDisk}

// String names the fault.
func (f Fault) String() string {
	return [...]string{"nothing written", "part written", "all written", "disk full"}[f]
}

// Faulty is a driver whose writes go wrong when a test says so. Dropping is a write.
type Faulty struct {
	store.Driver

	mu    sync.Mutex
	left  int // writes until the one that goes wrong; 0 while none is to
	fault Fault
	hit   bool
}

// Break lets the nth write from now go wrong, counted from 1.
func (f *Faulty) Break(n int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.fault, f.hit = n, fault, false
}

// Mend ends all faults, and reports whether a write went wrong since Break.
func (f *Faulty) Mend() (hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = 0
	return f.hit
}

// now reports whether the write that is asked for goes wrong.
func (f *Faulty) now() (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.left == 0:
		return 0, false
	case f.left > 1:
		f.left--
		return 0, false
	}
	f.hit = true
	if f.fault != FullDisk {
		f.left = 0
	}
	return f.fault, true
}

func (f Fault) err() error {
	return behavepro.Explain(behavepro.ErrUnavailable, fmt.Sprintf("the disk failed (%s)", f), "")
}

// Write is the driver's, unless it is to go wrong.
func (f *Faulty) Write(ctx context.Context, ops []store.Op, d store.Durability) ([]store.Outcome, error) {
	fault, wrong := f.now()
	if !wrong {
		return f.Driver.Write(ctx, ops, d)
	}
	n := 0
	switch fault {
	case Part:
		n = len(ops) / 2
	case All:
		n = len(ops)
	}
	if n > 0 {
		if _, err := f.Driver.Write(ctx, ops[:n], d); err != nil {
			return nil, err
		}
	}
	return nil, fault.err()
}

// Drop is the driver's, unless it is to go wrong.
func (f *Faulty) Drop(ctx context.Context, at store.Space, prefix string) error {
	fault, wrong := f.now()
	if !wrong || fault == All {
		if err := f.Driver.Drop(ctx, at, prefix); err != nil || !wrong {
			return err
		}
	}
	return fault.err()
}

// NewFaultyScope is a NewScope whose writes go wrong when Faulty says so.
func NewFaultyScope(t testing.TB, kinds ...*store.Kind) (*store.Scope, *Faulty) {
	t.Helper()
	s, faulty := NewFaultyStore(t, kinds...)
	scope, err := s.Tenant(context.Background(), behavepro.Local)
	if err != nil {
		t.Fatalf("open tenant: %v", err)
	}
	return scope, faulty
}

// NewFaultyStore is a NewStore whose writes go wrong when Faulty says so.
func NewFaultyStore(t testing.TB, kinds ...*store.Kind) (*store.Store, *Faulty) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	driver, err := sqlite.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatalf("open driver: %v", err)
	}
	key, err := seal.CreateFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatalf("make key: %v", err)
	}
	faulty := &Faulty{Driver: driver}
	s, err := store.Open(ctx, store.Options{Driver: faulty, Keys: key, Kinds: kinds})
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	if err := s.CreateTenant(ctx, behavepro.Local); err != nil {
		t.Fatalf("create tenant: %v", err)
	}
	return s, faulty
}
