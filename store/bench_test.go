package store_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
)

func benchScope(b *testing.B) *store.Scope {
	b.Helper()
	s, err := embedded.OpenDir(b.Context(), b.TempDir(), []*store.Kind{note}, embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.CreateTenant(b.Context(), behavepro.Local); err != nil {
		b.Fatal(err)
	}
	scope, err := s.Tenant(b.Context(), behavepro.Local)
	if err != nil {
		b.Fatal(err)
	}
	return scope
}

var benchText = func() (text []byte) {
	for len(text) < 1<<20 {
		text = fmt.Appendf(text, "step %d is done\n", rand.Uint32())
	}
	return text
}()

// benchChange is a record of size bytes of half-compressible text under a random key.
func benchChange(n uint64, size int, days ...string) store.Change {
	key := binary.BigEndian.AppendUint64(make([]byte, 0, 32), n*0x9e3779b97f4a7c15)
	key = append(key, "0123456789abcdef01234567"...)
	start := int(n*97) % (len(benchText) - size)
	return put(string(key), "n", "", benchText[start:start+size], days...)
}

func BenchmarkWrite(b *testing.B) {
	for _, size := range []int{100, 1000, 5000} {
		for _, index := range [][]string{nil, {"20260102"}} {
			b.Run(fmt.Sprintf("%dB/%d-entries", size, len(index)), func(b *testing.B) {
				s := benchScope(b)
				const batch = 1000
				changes := make([]store.Change, 0, batch)
				n := 0
				for b.Loop() {
					changes = changes[:0]
					for range batch {
						n++
						changes = append(changes, benchChange(uint64(n), size, index...))
					}
					if _, err := s.Write(b.Context(), store.Relaxed, changes...); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
			})
		}
	}
}

func BenchmarkWriteDurable(b *testing.B) {
	s := benchScope(b)
	n := uint64(0)
	for b.Loop() {
		n++
		if _, err := s.Write(b.Context(), store.Durable, benchChange(n, 500)); err != nil {
			b.Fatal(err)
		}
	}
}

func filledScope(b *testing.B, count int) *store.Scope {
	b.Helper()
	s := benchScope(b)
	var changes []store.Change
	for n := range count {
		changes = append(changes, benchChange(uint64(n), 1000, fmt.Sprintf("%06d", n)))
	}
	if _, err := s.Write(b.Context(), store.Relaxed, changes...); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkGet(b *testing.B) {
	const count = 20000
	s := filledScope(b, count)
	for _, many := range []int{1, 100} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			keys := make([]store.Key, many)
			for b.Loop() {
				for i := range keys {
					keys[i] = benchChange(rand.Uint64N(count), 1).Key
				}
				if _, err := s.Get(b.Context(), note, keys...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*many)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	const count = 20000
	s := filledScope(b, count)
	for name, r := range map[string]store.Range{
		"keys": {KeysOnly: true}, "bodies": {}, "index": {Index: "by-day", Prefix: store.Key{"n"}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for _, err := range s.Scan(b.Context(), note, r) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != count {
					b.Fatalf("%d records", n)
				}
			}
			b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
