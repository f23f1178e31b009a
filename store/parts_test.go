package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func parts(t *testing.T, s *store.Scope) int {
	t.Helper()
	n, err := store.PartCount(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func edit(action store.Action, rev store.Revision, body []byte, key ...string) store.Change {
	return store.Change{Action: action, Kind: note, Record: store.Record{Key: key, Body: body, Rev: rev}}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	key := []string{"s", "x", "1"}
	first, second := random(3*store.MaxBody), random(store.MaxBody)
	mustWrite(t, s, put("s", "x", "0", []byte("before")), put("s", "x", "1", first), put("s", "x", "2", []byte("after")))
	if got := get(t, s, key...); !bytes.Equal(got.Body, first) || got.Rev != 1 {
		t.Errorf("got %d bytes at revision %d", len(got.Body), got.Rev)
	}
	if got := scan(t, s, store.Range{}); len(got) != 3 || !bytes.Equal(got[1].Body, first) {
		t.Errorf("scan found %d records", len(got))
	}
	if got := parts(t, s); got != 4 {
		t.Errorf("%d parts, want 4", got)
	}
	lost := []store.Change{put("s", "x", "1", second), edit(store.PutIf, 7, second, key...), edit(store.DeleteIf, 7, nil, key...)}
	for i, out := range mustWrite(t, s, lost...) {
		if out.Result == store.Done {
			t.Errorf("change %d was done", i)
		}
	}
	if got := parts(t, s); got != 4 {
		t.Errorf("losers left %d parts, want 4", got)
	}
	mustWrite(t, s, edit(store.PutIf, 1, second, key...))
	if got := get(t, s, key...); !bytes.Equal(got.Body, second) || got.Rev != 2 {
		t.Errorf("replaced: got %d bytes at revision %d", len(got.Body), got.Rev)
	}
	if got := parts(t, s); got != 2 {
		t.Errorf("replaced: %d parts, want 2", got)
	}
	mustWrite(t, s, edit(store.PutIf, 2, []byte("small"), key...))
	if got := parts(t, s); got != 0 || string(get(t, s, key...).Body) != "small" {
		t.Errorf("small again: %d parts", got)
	}
	mustWrite(t, s, edit(store.PutIf, 3, first, key...), edit(store.DeleteIf, 4, nil, key...))
	if got := parts(t, s); got != 0 || get(t, s, key...).Rev != 0 {
		t.Errorf("deleted: %d parts", got)
	}
}

// TestMaxRecord: a larger body than MaxRecord is refused; one of MaxRecord, 256 MB, comes back whole (in slow tests).
func TestMaxRecord(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	body := make([]byte, store.MaxRecord+1)
	_, err := s.Write(t.Context(), store.Relaxed, put("s", "x", "1", body))
	if !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), fmt.Sprintf("%d bytes, more than %d", store.MaxRecord+1, store.MaxRecord)) {
		t.Errorf("a byte more: got %v", err)
	}
	if !testenv.Slow() {
		return
	}
	mustWrite(t, s, put("s", "x", "1", body[:store.MaxRecord]))
	if got := get(t, s, "s", "x", "1"); !bytes.Equal(got.Body, body[:store.MaxRecord]) {
		t.Errorf("got %d bytes back", len(got.Body))
	}
}

func TestCompressionSparesParts(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	text := bytes.Repeat([]byte("Given a thing\n"), 1<<20)
	mustWrite(t, s, put("s", "x", "1", text))
	if got := parts(t, s); got != 0 {
		t.Errorf("%d parts", got)
	}
	if got := get(t, s, "s", "x", "1"); !bytes.Equal(got.Body, text) {
		t.Errorf("got %d bytes", len(got.Body))
	}
}

// TestReadersSeeNoMix replaces a split body while others read it: every read is one of the bodies, whole.
func TestReadersSeeNoMix(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	key := store.Key{"s", "x", "1"}
	body := func(n int) []byte {
		b := random(store.MaxBody + 100)
		b[0] = byte(n)
		b[len(b)-1] = byte(n)
		return b
	}
	mustWrite(t, s, edit(store.PutIf, 0, body(0), key...))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				records, err := s.Get(context.Background(), note, key)
				if err != nil {
					t.Error(err)
					return
				}
				if b := records[0].Body; b[0] != b[len(b)-1] {
					t.Errorf("a mix of bodies %d and %d", b[0], b[len(b)-1])
				}
			}
		})
	}
	for n := 1; n < 5; n++ {
		mustWrite(t, s, edit(store.PutIf, store.Revision(n), body(n), key...))
	}
	close(done)
	wg.Wait()
}

// failing fails the writes after the first n.
type failing struct {
	store.Driver
	left int
}

func (f *failing) Write(ctx context.Context, ops []store.Op, d store.Durability) ([]store.Outcome, error) {
	if f.left--; f.left < 0 {
		return nil, behavepro.ErrUnavailable
	}
	return f.Driver.Write(ctx, ops, d)
}

func TestErrorHalfway(t *testing.T) {
	t.Parallel()
	st := storetest.NewStore(t, note)
	s, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	var changes []store.Change
	for i := range 12 { // 12 × 3.5 MB do not fit into one batch
		changes = append(changes, put("s", "x", string(rune('a'+i)), random(store.MaxBody-store.MaxBody/8)))
	}
	restore := store.FaultyDriver(st, func(d store.Driver) store.Driver { return &failing{d, 1} })
	out, err := s.Write(t.Context(), store.Relaxed, changes...)
	restore()
	if !errors.Is(err, behavepro.ErrUnavailable) || len(out) == 0 || len(out) == len(changes) {
		t.Fatalf("%d outcomes, %v", len(out), err)
	}
	if got := len(scan(t, s, store.Range{KeysOnly: true})); got != len(out) {
		t.Errorf("%d outcomes for %d records", len(out), got)
	}
}

// TestLostParts: parts whose record was never written go an hour after they were first seen; those of records stay, and so do those
// of a write that is still under way.
func TestLostParts(t *testing.T) {
	t.Parallel()
	s, faulty := storetest.NewFaultyScope(t, note)
	kept := random(2 * store.MaxBody)
	mustWrite(t, s, put("s", "x", "1", kept))
	want := parts(t, s)
	faulty.Break(2, storetest.FullDisk) // the parts take more than one batch: the second one fails, and so does their removal
	if _, err := s.Write(t.Context(), store.Relaxed, put("s", "x", "2", random(store.MaxBatchBytes+store.MaxBody))); err == nil {
		t.Fatal("nothing failed")
	}
	faulty.Mend()
	lost := parts(t, s) - want
	if lost < 1 {
		t.Fatalf("%d parts are left: it proves nothing", lost)
	}
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		after   time.Duration
		deleted int
	}{{0, 0}, {59 * time.Minute, 0}, {-time.Hour, 0}, {time.Hour, lost}, {2 * time.Hour, 0}} {
		if got, err := s.SweepParts(t.Context(), now.Add(c.after)); err != nil || got != c.deleted {
			t.Errorf("after %s: deleted %d, %v, want %d", c.after, got, err, c.deleted)
		}
	}
	if got := parts(t, s); got != want || !bytes.Equal(get(t, s, "s", "x", "1").Body, kept) {
		t.Errorf("%d parts are left, want %d", got, want)
	}
	mustWrite(t, s, put("s", "x", "2", kept))
	if got := get(t, s, "s", "x", "2"); !bytes.Equal(got.Body, kept) {
		t.Errorf("written again: got %d bytes", len(got.Body))
	}
}
