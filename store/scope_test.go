package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/google/go-cmp/cmp"
)

var (
	note = &store.Kind{
		Name:    "note",
		Key:     []store.Field{{Name: "shelf", Guard: store.Plain, Why: "test"}, {Name: "name"}, {Name: "n", Guard: store.Plain, Why: "test"}},
		Indexes: []store.Index{{Name: "by-day", Fields: []store.Field{{Name: "name"}, {Name: "day", Guard: store.Plain, Why: "test"}}}},
		Body:    "text", Class: store.ClassAuthored, Purpose: "test", Retention: "test",
	}
	entry = &store.Kind{
		Name: "entry", Key: []store.Field{{Name: "id", Guard: store.Plain, Why: "test"}}, Directory: true,
		Body: "text", Class: store.ClassOperational, Purpose: "test", Retention: "test",
	}
)

func put(shelf, name, n string, body []byte, days ...string) store.Change {
	c := store.Change{Action: store.PutNew, Kind: note, Record: store.Record{Key: store.Key{shelf, name, n}, Body: body}}
	for _, d := range days {
		c.Index = append(c.Index, store.IndexEntry{Index: "by-day", Value: store.Key{name, d}})
	}
	return c
}

func mustWrite(t *testing.T, s *store.Scope, changes ...store.Change) []store.Outcome {
	t.Helper()
	out, err := s.Write(t.Context(), store.Relaxed, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func get(t *testing.T, s *store.Scope, key ...string) store.Record {
	t.Helper()
	records, err := s.Get(t.Context(), note, store.Key(key))
	if err != nil {
		t.Fatal(err)
	}
	return records[0]
}

func scan(t *testing.T, s *store.Scope, r store.Range) []store.Record {
	t.Helper()
	var all []store.Record
	for record, err := range s.Scan(t.Context(), note, r) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
	return all
}

func bodies(records []store.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Body))
	}
	return strings.Join(all, " ")
}

func TestScopeRoundTrip(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	odd := "a\x00\x01b\x00\xff\x00"
	text := strings.Repeat("Given a thing\n", 50)
	mustWrite(t, s, put(odd, odd, odd, []byte(text), "1"), put("", "", "", nil))
	got := get(t, s, odd, odd, odd)
	if string(got.Body) != text || got.Rev != 1 || got.Key[1] != odd {
		t.Errorf("got %+v", got)
	}
	if got := get(t, s, "", "", ""); got.Rev != 1 || len(got.Body) != 0 {
		t.Errorf("empty parts and body: got %+v", got)
	}
	if got := get(t, s, odd, odd, "other"); got.Rev != 0 || got.Body != nil {
		t.Errorf("missing: got %+v", got)
	}
	scanned := scan(t, s, store.Range{Prefix: store.Key{odd}})
	if len(scanned) != 1 || scanned[0].Key[0] != odd || scanned[0].Key[2] != odd || scanned[0].Key[1] == odd {
		t.Fatalf("scanned %+v", scanned)
	}
	if diff := cmp.Diff(scanned[0].Body, got.Body); diff != "" {
		t.Error(diff)
	}
	again := get(t, s, scanned[0].Key...)
	if !bytes.Equal(again.Body, got.Body) {
		t.Errorf("a scanned key does not name its record: got %+v", again)
	}
	del := store.Change{Action: store.DeleteIf, Kind: note, Record: scanned[0]}
	if out := mustWrite(t, s, del); out[0].Result != store.Done {
		t.Errorf("delete by scanned key: %+v", out)
	}
}

func TestScopeScan(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	var changes []store.Change
	for i := range 1200 {
		changes = append(changes, put("s", "x", fmt.Sprintf("%04d", i), fmt.Appendf(nil, "%04d", i), fmt.Sprintf("%04d", 1199-i)))
	}
	changes = append(changes, put("s", "y", "0", []byte("y"), "0000"), put("sa", "x", "0", []byte("sa")), put("s\x00", "x", "0", []byte("s0")))
	mustWrite(t, s, changes...)
	for _, c := range []struct {
		r    store.Range
		want string
	}{
		{store.Range{Prefix: store.Key{"s", "x"}, From: "0003", To: "0006"}, "0003 0004 0005"},
		{store.Range{Prefix: store.Key{"s", "x"}, From: "0003", To: "0006", Reverse: true}, "0005 0004 0003"},
		{store.Range{Prefix: store.Key{"s", "x"}, From: "1198"}, "1198 1199"},
		{store.Range{Prefix: store.Key{"s", "x"}, To: "0002"}, "0000 0001"},
		{store.Range{Prefix: store.Key{"s", "x"}, Limit: 2}, "0000 0001"},
		{store.Range{Prefix: store.Key{"s", "x", "0100"}}, "0100"},
		{store.Range{Prefix: store.Key{"s", "y"}}, "y"},
		{store.Range{Prefix: store.Key{"sa"}}, "sa"},
		{store.Range{From: "s\x00", To: "sa"}, "s0"},
		{store.Range{Index: "by-day", Prefix: store.Key{"x"}, To: "0002"}, "1199 1198"},
		{store.Range{Index: "by-day", Prefix: store.Key{"x"}, Limit: 2, Reverse: true}, "0000 0001"},
		{store.Range{Index: "by-day", Prefix: store.Key{"x", "0007"}}, "1192"},
	} {
		if got := bodies(scan(t, s, c.r)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.r, got, c.want)
		}
	}
	if got := len(scan(t, s, store.Range{Prefix: store.Key{"s"}, KeysOnly: true})); got != 1201 {
		t.Errorf("whole shelf: %d records", got)
	}
	if got := len(scan(t, s, store.Range{Limit: 1000})); got != 1000 {
		t.Errorf("limit over a page: %d records", got)
	}
	for _, err := range s.Scan(t.Context(), note, store.Range{Prefix: store.Key{"s"}, From: "a"}) {
		if !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("range over a keyed part: got %v", err)
		}
	}
}

func TestScopeDrop(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	large := random(store.MaxBody + 10)
	mustWrite(t, s, put("s", "x", "1", large), put("s", "x", "12", []byte("12")), put("s", "y", "1", large), put("sa", "x", "1", []byte("sa")))
	drop := func(prefix ...string) {
		t.Helper()
		if err := s.Drop(t.Context(), note, prefix); err != nil {
			t.Fatal(err)
		}
	}
	drop("s", "x", "1")
	if got := bodies(scan(t, s, store.Range{Prefix: store.Key{"s", "x"}})); got != "12" {
		t.Errorf("after drop of one: %q", got)
	}
	drop("s")
	if got := bodies(scan(t, s, store.Range{})); got != "sa" {
		t.Errorf("after drop of a shelf: %q", got)
	}
	if stat, err := s.Stat(t.Context(), nil); err != nil || stat.Records != 1 {
		t.Errorf("left: %+v, %v", stat, err)
	}
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st := storetest.NewStore(t, note, entry)
	if err := st.CreateTenant(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if err := st.CreateTenant(ctx, "b"); !errors.Is(err, behavepro.ErrExists) {
		t.Errorf("create again: got %v", err)
	}
	a, errA := st.Tenant(ctx, behavepro.Local)
	b, errB := st.Tenant(ctx, "b")
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if again, _ := st.Tenant(ctx, "b"); again != b {
		t.Error("another scope for the same tenant")
	}
	if _, err := st.Tenant(ctx, "c"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("unknown tenant: got %v", err)
	}
	mustWrite(t, a, put("s", "x", "1", []byte("a")))
	if got := get(t, b, "s", "x", "1"); got.Rev != 0 {
		t.Errorf("another tenant's record: %+v", got)
	}
	mustWrite(t, b, put("s", "x", "1", []byte("b")))
	if ka, kb := scan(t, a, store.Range{})[0].Key[1], scan(t, b, store.Range{})[0].Key[1]; ka == kb {
		t.Error("two tenants have the same hash of one value")
	}
	if _, err := a.Get(ctx, entry, store.Key{"1"}); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("directory kind in a tenant: got %v", err)
	}
	if _, err := st.Directory().Get(ctx, note, store.Key{"s", "x", "1"}); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("tenant kind in the directory: got %v", err)
	}
	twin := *note
	if _, err := a.Get(ctx, &twin, store.Key{"s", "x", "1"}); !errors.Is(err, behavepro.ErrInvalid) {
		t.Errorf("undeclared kind: got %v", err)
	}
	if err := st.DropTenant(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(ctx, note, store.Key{"s", "x", "1"}); !errors.Is(err, behavepro.ErrGone) {
		t.Errorf("dropped tenant: got %v", err)
	}
	if _, err := st.Tenant(ctx, "b"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("dropped tenant: got %v", err)
	}
	if ids, err := st.Tenants(ctx); err != nil || len(ids) != 1 || ids[0] != behavepro.Local {
		t.Errorf("tenants: %v, %v", ids, err)
	}
	if got := get(t, a, "s", "x", "1"); string(got.Body) != "a" {
		t.Errorf("the other tenant's record: %+v", got)
	}
}

func TestNothingInClear(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	st, err := embedded.OpenDir(ctx, dir, []*store.Kind{note}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.CreateTenant(ctx, "t"); err != nil {
		t.Fatal(err)
	}
	s, err := st.Tenant(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	const canary = "CANARY-7f3a"
	mustWrite(t, s, put("shelf-in-clear", canary, "1", []byte(canary)), put("s", canary, "2", []byte(strings.Repeat(canary+" ", 100)), "1"),
		put("s", canary, "3", append(random(store.MaxBody), canary...)))
	search := func() (found, plain bool) {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			b, _ := os.ReadFile(f)
			found = found || bytes.Contains(b, []byte(canary))
			plain = plain || bytes.Contains(b, []byte("shelf-in-clear"))
		}
		return found, plain
	}
	if found, plain := search(); found || !plain { // plain: that the search sees what is there
		t.Errorf("while open: canary in clear %v, plain part in clear %v", found, plain)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if found, plain := search(); found || !plain {
		t.Errorf("after closing: canary in clear %v, plain part in clear %v", found, plain)
	}
}

func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	const writers, each = 4, 20
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				for {
					records, err := s.Get(context.Background(), note, store.Key{"s", "x", "1"})
					if err != nil {
						t.Error(err)
						return
					}
					next := store.Change{Action: store.PutIf, Kind: note, Record: records[0]}
					next.Body = append(next.Body, 'x')
					out, err := s.Write(context.Background(), store.Relaxed, next)
					if err != nil {
						t.Error(err)
						return
					}
					if out[0].Result == store.Done {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	if got := get(t, s, "s", "x", "1"); len(got.Body) != writers*each || got.Rev != writers*each {
		t.Errorf("%d updates at revision %d, want %d", len(got.Body), got.Rev, writers*each)
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
