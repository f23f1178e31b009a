package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

func testScanKeys(s *suite) {
	for _, key := range strings.Fields("fig apple plum pear apricot") {
		s.write(put(fruits, key, "body of "+key))
	}
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "apple apricot fig pear plum"},
		{store.Query{Reverse: true}, "plum pear fig apricot apple"},
		{store.Query{From: "apricot", To: "pear"}, "apricot fig"},
		{store.Query{From: "apricot", To: "pear", Reverse: true}, "fig apricot"},
		{store.Query{From: "b"}, "fig pear plum"},
		{store.Query{To: "fig"}, "apple apricot"},
		{store.Query{From: "z"}, ""},
		{store.Query{From: "p", To: "a"}, ""},
	} {
		for limit := range 4 {
			c.q.Limit = limit
			s.equal(fmt.Sprintf("%+v", c.q), keysOf(s.scan(fruits, c.q)), c.want)
		}
	}
	for _, raw := range s.scan(fruits, store.Query{}) {
		s.equal("body", string(raw.Body), "body of "+raw.Key)
	}
	for _, raw := range s.scan(fruits, store.Query{KeysOnly: true}) {
		if len(raw.Body) > 0 || raw.Rev != 1 {
			s.Errorf("keys only: got %v", raw)
		}
	}
}

func testScanIndex(s *suite) {
	s.write(put(fruits, "plum", "1", colour("blue"), size("2")), put(fruits, "apple", "2", colour("red"), colour("green"), size("3")),
		put(fruits, "fig", "3", colour("green"), colour("blue")), put(fruits, "none", "4"), put(fruits, "twice", "5", size("4"), size("4")))
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{Index: "colour"}, "fig plum apple fig apple"},
		{store.Query{Index: "colour", Reverse: true}, "apple fig apple plum fig"},
		{store.Query{Index: "colour", From: "green", To: "green\x00"}, "apple fig"},
		{store.Query{Index: "colour", From: "green", To: "green\x00", Reverse: true}, "fig apple"},
		{store.Query{Index: "size"}, "plum apple twice"},
		{store.Query{Index: "size", From: "3"}, "apple twice"},
		{store.Query{Index: "size", To: "3"}, "plum"},
	} {
		for limit := range 4 {
			c.q.Limit = limit
			s.equal(fmt.Sprintf("%+v", c.q), keysOf(s.scan(fruits, c.q)), c.want)
		}
	}
	got := s.scan(fruits, store.Query{Index: "size", To: "3", KeysOnly: true})
	if len(got) != 1 || len(got[0].Body) > 0 || len(got[0].Index) != 2 {
		s.Errorf("keys only: got %v", got)
	}
}

// testScanPages compares pages of any size with a sorted list, in both directions.
func testScanPages(s *suite) {
	random := rand.New(rand.NewPCG(1, 2))
	type pair struct{ value, key string }
	var want []pair
	var ops []store.Op
	for i := range 300 {
		key := fmt.Sprintf("%03d", i)
		op := put(fruits, key, strings.Repeat("b", random.IntN(50)))
		for v := range 2 {
			value := fmt.Sprint(v, random.IntN(20))
			op.Index = append(op.Index, colour(value))
			want = append(want, pair{value, key})
		}
		ops = append(ops, op)
	}
	s.write(ops...)
	slices.SortFunc(want, func(a, b pair) int {
		return strings.Compare(a.value+"\x00"+a.key, b.value+"\x00"+b.key)
	})
	var order []string
	for _, p := range want {
		order = append(order, p.key)
	}
	for _, limit := range []int{0, 1, 7, 300, 5000} {
		q := store.Query{Index: "colour", Limit: limit}
		s.equal(fmt.Sprint("forward by ", limit), keysOf(s.scan(fruits, q)), strings.Join(order, " "))
	}
	slices.Reverse(order)
	s.equal("backward", keysOf(s.scan(fruits, store.Query{Index: "colour", Limit: 13, Reverse: true})), strings.Join(order, " "))
}

func testIndexFollows(s *suite) {
	by := func() string { return keysOf(s.scan(fruits, store.Query{Index: "colour", From: "red", To: "ree"})) }
	s.write(put(fruits, "apple", "1", colour("red"), colour("green")), put(fruits, "cherry", "1", colour("red")))
	s.equal("first", by(), "apple cherry")
	s.write(act(store.PutIf, fruits, "apple", "2", 1, colour("green"), colour("yellow")))
	s.equal("replaced", by(), "cherry")
	s.equal("kept", keysOf(s.scan(fruits, store.Query{Index: "colour"})), "apple cherry apple")
	s.write(act(store.PutIf, fruits, "apple", "3", 1, colour("red")))
	s.equal("lost race changes no index", by(), "cherry")
	s.write(put(fruits, "apple", "4", colour("red")))
	s.equal("nor does one that exists", by(), "cherry")
	s.write(act(store.DeleteIf, fruits, "cherry", "", 1))
	s.equal("deleted", by(), "")
	s.write(put(fruits, "cherry", "5", colour("red")))
	s.equal("back", by(), "cherry")
	s.equal("its body", string(s.scan(fruits, store.Query{Index: "colour", From: "red", To: "ree"})[0].Body), "5")
}

func testBounds(s *suite) {
	ctx := context.Background()
	largest := put(fruits, "largest", strings.Repeat("x", store.MaxBody))
	s.write(largest)
	s.equal("largest body", len(s.get(fruits, "largest")[0].Body), store.MaxBody)
	tooMany := make([]store.Op, store.MaxBatchOps+1)
	for i := range tooMany {
		tooMany[i] = put(fruits, fmt.Sprint(i), "")
	}
	var tooLarge []store.Op
	for i := range store.MaxBatchBytes/store.MaxBody + 1 {
		tooLarge = append(tooLarge, put(fruits, fmt.Sprint(i), string(largest.Body)))
	}
	for name, ops := range map[string][]store.Op{
		"body":  {put(fruits, "0", ""), put(fruits, "1", string(largest.Body)+"x")},
		"ops":   tooMany,
		"bytes": tooLarge,
	} {
		if _, err := s.Write(ctx, ops, store.Relaxed); !errors.Is(err, behavepro.ErrLimit) {
			s.Errorf("%s: got %v, want ErrLimit", name, err)
		}
		s.equal(name+": nothing written", s.get(fruits, "0")[0].Rev, store.Revision(0))
	}
	s.write(tooMany[1:]...)
	s.equal("most ops", s.get(fruits, fmt.Sprint(store.MaxBatchOps))[0].Rev, store.Revision(1))
}

func testDrop(s *suite) {
	ctx := context.Background()
	other := store.Space{Tenant: "b", Kind: "fruit"}
	stones := store.Space{Tenant: "a", Kind: "stone"}
	var ops []store.Op
	for i := range 2500 {
		ops = append(ops, put(fruits, fmt.Sprintf("a%04d", i), "", colour("red")))
	}
	s.write(
		append(ops, put(fruits, "b", "", colour("red")), put(fruits, "a", "", colour("red")), put(other, "a1", ""), put(stones, "a1", ""))...)
	s.ok(s.Drop(ctx, fruits, "a0"))
	s.equal("prefix", len(s.scan(fruits, store.Query{})), 1502)
	s.ok(s.Drop(ctx, fruits, "a"))
	s.equal("rest", keysOf(s.scan(fruits, store.Query{})), "b")
	s.equal("index", keysOf(s.scan(fruits, store.Query{Index: "colour"})), "b")
	s.equal("other kind", keysOf(s.scan(stones, store.Query{})), "a1")
	s.ok(s.Drop(ctx, store.Space{Tenant: "a"}, ""))
	s.equal("all kinds", keysOf(s.scan(stones, store.Query{}))+keysOf(s.scan(fruits, store.Query{})), "")
	s.equal("other tenant", keysOf(s.scan(other, store.Query{})), "a1")
	s.ok(s.Drop(ctx, store.Space{Tenant: "nobody", Kind: "fruit"}, ""))
}

func testStat(s *suite) {
	ctx := context.Background()
	s.write(put(fruits, "fig", strings.Repeat("x", 1000), colour("red")), put(fruits, "plum", ""),
		put(store.Space{Tenant: "a", Kind: "stone"}, "1", ""), put(store.Space{Tenant: "b", Kind: "fruit"}, "1", ""))
	for _, c := range []struct {
		at   store.Space
		want int64
	}{
		{fruits, 2},
		{store.Space{Tenant: "a"}, 3},
		{store.Space{Kind: "fruit"}, 3},
		{store.Space{}, 4},
		{store.Space{Tenant: "nobody"}, 0},
	} {
		got, err := s.Stat(ctx, c.at)
		s.ok(err)
		s.equal(fmt.Sprintf("records of %v", c.at), got.Records, c.want)
		if c.want > 1 && (got.Bytes < 1000 || got.Bytes > 2000) {
			s.Errorf("bytes of %v: %d", c.at, got.Bytes)
		}
	}
	before, err := s.Stat(ctx, fruits)
	s.ok(err)
	fig := s.scan(fruits, store.Query{})[0]
	s.write(act(store.PutIf, fruits, "fig", "short", fig.Rev), put(fruits, "fig", "refused"), put(fruits, "lime", strings.Repeat("y", 500)))
	after, err := s.Stat(ctx, fruits)
	s.ok(err)
	if gone := before.Bytes - after.Bytes; after.Records != 3 || gone < 480 || gone > 520 {
		s.Errorf("a shorter body, a refused record and a new one: %v after %v", after, before)
	}
	s.ok(s.Drop(ctx, fruits, "l"))
	s.write(act(store.DeleteIf, fruits, "fig", "", fig.Rev+1), act(store.DeleteIf, fruits, "plum", "", 7))
	left, err := s.Stat(ctx, fruits)
	s.ok(err)
	if left.Records != 1 || left.Bytes > 100 {
		s.Errorf("after a drop and a deletion: %v", left)
	}
}

func testDeclareAgain(s *suite) {
	ctx := context.Background()
	s.write(put(fruits, "fig", "1", colour("green")))
	more := &store.Kind{Name: "fruit", Indexes: append(slices.Clone(fruit.Indexes), store.Index{Name: "taste"})}
	s.ok(s.Declare(ctx, []*store.Kind{more, stone, {Name: "leaf"}}))
	s.write(put(fruits, "plum", "2", colour("green"), store.Entry{Index: "taste", Value: "sour"}),
		put(store.Space{Tenant: "a", Kind: "leaf"}, "x", ""))
	s.equal("old index", keysOf(s.scan(fruits, store.Query{Index: "colour"})), "fig plum")
	s.equal("new index", keysOf(s.scan(fruits, store.Query{Index: "taste"})), "plum")
}
