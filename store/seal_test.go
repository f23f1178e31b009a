package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func TestBodyIsBoundToItsKey(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	mustWrite(t, s, put("s", "x", "1", []byte("secret")))
	if err := store.MoveBody(s, note, store.Key{"s", "x", "1"}, store.Key{"s", "x", "2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), note, store.Key{"s", "x", "2"}); !errors.Is(err, behavepro.ErrCorrupt) {
		t.Errorf("moved body: got %v", err)
	}
	if got := get(t, s, "s", "x", "1"); string(got.Body) != "secret" {
		t.Errorf("unmoved body: got %q", got.Body)
	}
}

func TestRotateKeys(t *testing.T) {
	t.Parallel()
	st := storetest.NewStore(t, note)
	s, err := st.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, put("s", "x", "1", []byte("old"), "1"))
	behind := store.Forget(s)
	if err := st.RotateKeys(t.Context(), behavepro.Local); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, put("s", "x", "2", []byte("new"), "2"))
	if got := bodies(scan(t, s, store.Range{Index: "by-day", Prefix: store.Key{"x"}})); got != "old new" {
		t.Errorf("after rotation: %q", got)
	}
	behind() // as a process that has not heard of the rotation
	if got := bodies(scan(t, s, store.Range{Prefix: store.Key{"s", "x"}})); got != "old new" {
		t.Errorf("in a process with the old keys: %q", got)
	}
	if err := st.RotateKeys(t.Context(), "nobody"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("unknown tenant: got %v", err)
	}
	if err := st.RotateKeys(t.Context(), ""); err != nil {
		t.Errorf("directory: %v", err)
	}
}

func TestOpenReportsAllMistakes(t *testing.T) {
	t.Parallel()
	plain := func(name string) store.Field { return store.Field{Name: name, Guard: store.Plain, Why: "test"} }
	kinds := []*store.Kind{
		note, note,
		{Name: "Odd Name", Key: []store.Field{plain("a")}, Body: "b", Class: store.ClassGit, Purpose: "p", Retention: "r"},
		{Name: "keyless", Body: "b", Class: store.ClassGit, Purpose: "p", Retention: "r"},
		{Name: "bare", Key: []store.Field{{Name: "a", Guard: store.Plain}, plain("a")}, Indexes: []store.Index{{Name: "x"}, {Name: "x"}}},
		{Name: "store_part", Key: []store.Field{plain("a")}, Body: "b", Class: store.ClassGit, Purpose: "p", Retention: "r"},
	}
	err := store.Validate(kinds)
	if !errors.Is(err, behavepro.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		`"note": declared twice`, `"Odd Name": a name has`, `"keyless": has no key`, `"a" is plain without a reason`, `two fields "a"`,
		`unknown data class ""`, `"bare": does not say its purpose`, `does not say its retention`, `does not say its body`,
		`index "x" declared twice`, `index "x" has no fields`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if err := store.Validate([]*store.Kind{note, entry}); err != nil {
		t.Errorf("good kinds: %v", err)
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	odd := &store.Kind{
		Name: "aaa", Key: []store.Field{{Name: "k", Guard: store.Plain, Why: "a | b\nc"}}, Body: "things",
		Class: store.ClassPersonal, Purpose: "p", Retention: "r", Leaves: true,
	}
	got := string(store.Statement([]*store.Kind{note, odd, entry}))
	for _, want := range []string{
		"| aaa | tenant | personal | p | r | yes |\n", "| entry | directory | operational | test | test | no |\n",
		"| key | k | plain | a \\| b c |\n", "| index by-day | name | keyed |  |\n", "| body | things | sealed |  |\n", "| store_keyset |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if again := string(store.Statement([]*store.Kind{entry, odd, note})); again != got {
		t.Error("depends on the order of the kinds")
	}
	if strings.Index(got, "## aaa") > strings.Index(got, "## note") {
		t.Error("not ordered by name")
	}
}

func TestEqualValuesDoNotCorrelate(t *testing.T) {
	t.Parallel()
	s := storetest.NewScope(t, note)
	mustWrite(t, s, put("s", "x", "1", nil, "1"))
	for record, err := range s.Scan(t.Context(), note, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Key[1] == record.Index[0].Value[0] {
			t.Error("one value has the same hash in the key and in an index")
		}
		if fmt.Sprint(record) == "" || strings.Contains(record.Key[1], "x\x00") {
			t.Errorf("key in clear: %q", record.Key)
		}
	}
}
