package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/store/seal"
)

// FuzzKeys: encoding keeps the order of parts, and decoding undoes it.
func FuzzKeys(f *testing.F) {
	kind := &Kind{Name: "k", Key: []Field{{Name: "a", Guard: Plain}, {Name: "b"}, {Name: "c", Guard: Plain}, {Name: "d", Guard: Plain}}}
	l := newCodec(kind).key
	keys, err := seal.New("t")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a", "b", "c", "a\x00", "b", "c")
	f.Add("\x00", "\x00\x01", "", "\x00\xff", "\xff", "")
	f.Add("", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, a1, c1, d1, a2, c2, d2 string) {
		one, two := Key{a1, "same", c1, d1}, Key{a2, "same", c2, d2}
		e1, err1 := l.encode(keys, one)
		e2, err2 := l.encode(keys, two)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got, want := strings.Compare(e1, e2), slices.Compare(one, two); got != want {
			t.Errorf("%q and %q: encoded order %d, want %d", one, two, got, want)
		}
		back, err := l.decode(e1)
		if err != nil || back[0] != a1 || back[2] != c1 || back[3] != d1 {
			t.Errorf("%q came back as %q, %v", one, back, err)
		}
		again, err := l.encode(keys, back)
		if err != nil || again != e1 {
			t.Errorf("%q does not encode to itself, %v", back, err)
		}
		// A range holds what it says.
		from, to, err := l.bounds(keys, &Range{Prefix: Key{a1, "same"}, From: c1, To: c2})
		if err != nil {
			t.Fatal(err)
		}
		in := e2 >= from && (to == "" || e2 < to)
		want := a2 == a1 && c2 == "" && c1 == "" // To is c2 itself: out, unless both are no bounds
		if in != want {
			t.Errorf("%q in [%q, %q) of %q: %v, want %v", two, c1, c2, a1, in, want)
		}
	})
}

// FuzzDecode: no stored bytes make the decoders panic.
func FuzzDecode(f *testing.F) {
	l := newCodec(&Kind{Name: "k", Key: []Field{{Name: "a", Guard: Plain}, {Name: "b"}, {Name: "c", Guard: Plain}}}).key
	f.Add("a\x00\x01bbbbbbbbbbbbbbbbbbbbc")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = l.decode(text)
		_, _ = parsePartList([]byte(text))
		_, _ = unpack(formZstd, []byte(text))
	})
}

func TestPack(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{
		"empty": {}, "small": []byte("abc"), "text": []byte(strings.Repeat("Given a thing\n", 100)), "zeros": make([]byte, 1<<20),
	} {
		form, packed, done := pack(body)
		got, err := unpack(form, packed)
		if err != nil || string(got) != string(body) || len(packed) > len(body) {
			t.Errorf("%s: form %d, %d of %d bytes, %v", name, form, len(packed), len(body), err)
		}
		done()
	}
}
