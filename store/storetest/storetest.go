// Package storetest is the kit for testing what stands on the store: the conformance suite that every driver passes, and
// stores for the tests of other packages. It promises to need no server, and is never part of a program.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/google/go-cmp/cmp"
)

var (
	fruit  = &store.Kind{Name: "fruit", Indexes: []store.Index{{Name: "colour"}, {Name: "size"}}}
	stone  = &store.Kind{Name: "stone", Indexes: []store.Index{{Name: "colour"}}}
	fruits = store.Space{Tenant: "a", Kind: "fruit"}
)

// suite is one driver under test.
type suite struct {
	*testing.T
	store.Driver
}

// Run checks that a driver keeps the contract of store.Driver. open returns a fresh, empty driver for each case; Run
// closes it.
func Run(t *testing.T, open func(t *testing.T) store.Driver) {
	t.Helper()
	cases := []struct {
		name string
		test func(s *suite)
	}{
		{"get", testGet},
		{"outcomes", testOutcomes},
		{"order within a batch", testBatchOrder},
		{"spaces", testSpaces},
		{"any bytes", testAnyBytes},
		{"scan keys", testScanKeys},
		{"scan index", testScanIndex},
		{"scan pages", testScanPages},
		{"index follows record", testIndexFollows},
		{"bounds", testBounds},
		{"drop", testDrop},
		{"stat", testStat},
		{"declare again", testDeclareAgain},
		{"concurrent writers", testConcurrentWriters},
		{"cancelled", testCancelled},
		{"undeclared", testUndeclared},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			s := &suite{t, d}
			s.ok(d.Declare(context.Background(), []*store.Kind{fruit, stone}))
			c.test(s)
		})
	}
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) write(ops ...store.Op) []store.Outcome {
	s.Helper()
	out, err := s.Write(context.Background(), ops, store.Relaxed)
	s.ok(err)
	return out
}

func (s *suite) get(at store.Space, keys ...string) []store.Raw {
	s.Helper()
	raws, err := s.Get(context.Background(), at, keys)
	s.ok(err)
	return raws
}

func (s *suite) scan(at store.Space, q store.Query) []store.Raw {
	s.Helper()
	var all []store.Raw
	for {
		page, err := s.Scan(context.Background(), at, q)
		s.ok(err)
		if q.Limit > 0 && len(page.Records) > q.Limit {
			s.Fatalf("page of %d records, limit %d", len(page.Records), q.Limit)
		}
		all = append(all, page.Records...)
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return all
		}
	}
}

func (s *suite) equal(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

func put(at store.Space, key, body string, entries ...store.Entry) store.Op {
	return store.Op{Action: store.PutNew, At: at, Raw: store.Raw{Key: key, Body: []byte(body), Index: entries}}
}

func act(action store.Action, at store.Space, key, body string, rev store.Revision, entries ...store.Entry) store.Op {
	return store.Op{Action: action, At: at, Raw: store.Raw{Key: key, Body: []byte(body), Rev: rev, Index: entries}}
}

func colour(value string) store.Entry { return store.Entry{Index: "colour", Value: value} }
func size(value string) store.Entry   { return store.Entry{Index: "size", Value: value} }

func keysOf(raws []store.Raw) string {
	var keys []string
	for _, r := range raws {
		keys = append(keys, r.Key)
	}
	return strings.Join(keys, " ")
}

func testGet(s *suite) {
	s.equal("empty", s.get(fruits, "fig"), []store.Raw{{Key: "fig"}})
	fig := put(fruits, "fig", "sweet", colour("green"), colour("purple"), size("1"))
	s.equal("put", s.write(fig, put(fruits, "plum", "sour")), []store.Outcome{{Rev: 1}, {Rev: 1}})
	got := s.get(fruits, "plum", "none", "fig", "plum")
	want := []store.Raw{
		{Key: "plum", Body: []byte("sour"), Rev: 1},
		{Key: "none"},
		{Key: "fig", Body: []byte("sweet"), Rev: 1, Index: fig.Index},
		{Key: "plum", Body: []byte("sour"), Rev: 1},
	}
	s.equal("get", got, want)
	var ops []store.Op
	var keys []string
	for i := range 300 {
		keys = append(keys, fmt.Sprintf("k%03d", i))
		ops = append(ops, put(fruits, keys[i], keys[i]))
	}
	s.write(ops...)
	slices.Reverse(keys)
	for i, raw := range s.get(fruits, keys...) {
		if raw.Key != keys[i] || string(raw.Body) != keys[i] {
			s.Fatalf("record %d: got %s %q, want %s", i, raw.Key, raw.Body, keys[i])
		}
	}
}

func testOutcomes(s *suite) {
	steps := []struct {
		name string
		op   store.Op
		want store.Outcome
		body string
	}{
		{"delete missing", act(store.DeleteIf, fruits, "fig", "", 1), store.Outcome{Result: store.Conflict}, ""},
		{"delete missing at 0", act(store.DeleteIf, fruits, "fig", "", 0), store.Outcome{Result: store.Conflict}, ""},
		{"replace missing", act(store.PutIf, fruits, "fig", "x", 1), store.Outcome{Result: store.Conflict}, ""},
		{"new", put(fruits, "fig", "1"), store.Outcome{Rev: 1}, "1"},
		{"new again", put(fruits, "fig", "2"), store.Outcome{Result: store.Exists, Rev: 1}, "1"},
		{"must not exist", act(store.PutIf, fruits, "fig", "3", 0), store.Outcome{Result: store.Conflict, Rev: 1}, "1"},
		{"replace", act(store.PutIf, fruits, "fig", "4", 1), store.Outcome{Rev: 2}, "4"},
		{"lost race", act(store.PutIf, fruits, "fig", "5", 1), store.Outcome{Result: store.Conflict, Rev: 2}, "4"},
		{"lost delete", act(store.DeleteIf, fruits, "fig", "", 1), store.Outcome{Result: store.Conflict, Rev: 2}, "4"},
		{"delete", act(store.DeleteIf, fruits, "fig", "", 2), store.Outcome{}, ""},
		{"new after delete", act(store.PutIf, fruits, "fig", "6", 0), store.Outcome{Rev: 1}, "6"},
	}
	for _, step := range steps {
		s.equal(step.name, s.write(step.op), []store.Outcome{step.want})
		if got := string(s.get(fruits, "fig")[0].Body); got != step.body {
			s.Errorf("%s: body %q, want %q", step.name, got, step.body)
		}
	}
}

func testBatchOrder(s *suite) {
	out := s.write(put(fruits, "fig", "1"), put(fruits, "fig", "2"), act(store.PutIf, fruits, "fig", "3", 1),
		act(store.DeleteIf, fruits, "fig", "", 1), act(store.DeleteIf, fruits, "fig", "", 2), put(fruits, "fig", "4"))
	s.equal("outcomes", out, []store.Outcome{
		{Rev: 1}, {Result: store.Exists, Rev: 1}, {Rev: 2}, {Result: store.Conflict, Rev: 2}, {}, {Rev: 1},
	})
	s.equal("body", string(s.get(fruits, "fig")[0].Body), "4")
	var ops []store.Op
	for i := range 100 { // each key twice, mixed with others, in one run
		ops = append(ops, put(fruits, fmt.Sprint("k", i%50), fmt.Sprint(i), colour(fmt.Sprint(i))))
	}
	for i, o := range s.write(ops...) {
		if want := i >= 50; (o.Result == store.Exists) != want || o.Rev != 1 {
			s.Fatalf("op %d: got %v", i, o)
		}
	}
	s.equal("index entries", len(s.scan(fruits, store.Query{Index: "colour"})), 50)
}

func testSpaces(s *suite) {
	other := store.Space{Tenant: "b", Kind: "fruit"}
	stones := store.Space{Tenant: "a", Kind: "stone"}
	directory := store.Space{Kind: "fruit"}
	s.write(put(fruits, "x", "1", colour("red")), put(other, "x", "2", colour("red")), put(stones, "x", "3", colour("red")),
		put(directory, "x", "4", colour("red")))
	for i, at := range []store.Space{fruits, other, stones, directory} {
		want := fmt.Sprint(i + 1)
		s.equal("get", string(s.get(at, "x")[0].Body), want)
		for _, index := range []string{"", "colour"} {
			got := s.scan(at, store.Query{Index: index})
			if len(got) != 1 || string(got[0].Body) != want {
				s.Errorf("scan %v by %q: %v", at, index, got)
			}
		}
	}
}

func testAnyBytes(s *suite) {
	keys := []string{"\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "aa", "ä", "\xff", "\xff\xff"}
	var ops []store.Op
	for i := len(keys) - 1; i >= 0; i-- {
		ops = append(ops, put(fruits, keys[i], keys[i], colour(keys[i])))
	}
	s.write(append(ops, put(fruits, "empty", "", colour("")))...)
	for _, index := range []string{"", "colour"} {
		var got []string
		for _, raw := range s.scan(fruits, store.Query{Index: index}) {
			if raw.Key != "empty" {
				got = append(got, raw.Key)
			}
		}
		s.equal("byte order by "+index, got, keys)
	}
	if got := s.scan(fruits, store.Query{Index: "colour", Limit: 1}); got[0].Key != "empty" || len(got[0].Body) != 0 {
		s.Errorf("empty index value and body: got %v", got[0])
	}
}

func testConcurrentWriters(s *suite) {
	s.write(put(fruits, "n", ""))
	var wg sync.WaitGroup
	const writers, each = 4, 25
	for w := range writers {
		wg.Go(func() {
			for range each {
				for {
					raws, err := s.Get(context.Background(), fruits, []string{"n"})
					if err != nil {
						s.Error(err)
						return
					}
					op := act(store.PutIf, fruits, "n", string(raws[0].Body)+"x", raws[0].Rev)
					out, err := s.Write(context.Background(), []store.Op{op}, store.Durability(w%2))
					if err != nil {
						s.Error(err)
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
	got := s.get(fruits, "n")[0]
	if len(got.Body) != writers*each || got.Rev != writers*each+1 {
		s.Errorf("%d writes at revision %d, want %d", len(got.Body), got.Rev, writers*each)
	}
}

func testCancelled(s *suite) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Write(ctx, []store.Op{put(fruits, "x", "")}, store.Relaxed); !errors.Is(err, context.Canceled) {
		s.Errorf("write: got %v", err)
	}
	if _, err := s.Get(ctx, fruits, []string{"x"}); err != nil && !errors.Is(err, context.Canceled) {
		s.Errorf("get: got %v", err)
	}
	s.equal("not written", s.get(fruits, "x")[0].Rev, store.Revision(0))
}

func testUndeclared(s *suite) {
	ctx := context.Background()
	at := store.Space{Tenant: "a", Kind: "ghost"}
	if _, err := s.Get(ctx, at, []string{"x"}); !errors.Is(err, behavepro.ErrInvalid) {
		s.Errorf("get: got %v", err)
	}
	if _, err := s.Scan(ctx, fruits, store.Query{Index: "ghost"}); !errors.Is(err, behavepro.ErrInvalid) {
		s.Errorf("scan: got %v", err)
	}
	ops := []store.Op{put(fruits, "x", ""), put(fruits, "y", "", store.Entry{Index: "ghost", Value: "1"})}
	if _, err := s.Write(ctx, ops, store.Relaxed); !errors.Is(err, behavepro.ErrInvalid) {
		s.Errorf("write: got %v", err)
	}
	s.equal("not written", s.get(fruits, "x")[0].Rev, store.Revision(0))
}
