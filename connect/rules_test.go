package connect

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

// allow makes an app whose sites' admins decided the same.
func allow(t testing.TB, o *Options, is pages.Rules) {
	t.Helper()
	book := Rules{Scope: storetest.NewScope(t, rulesKind)}
	if err := book.SetRules(t.Context(), is); err != nil {
		t.Fatal(err)
	}
	o.Rules = func(context.Context, behavepro.TenantID) (Rules, error) { return book, nil }
}

func TestRules(t *testing.T) {
	t.Parallel()
	book := Rules{Scope: storetest.NewScope(t, rulesKind)}
	for _, want := range []pages.Rules{{}, {ProjectAdmins: true}, {Anonymous: true}, {ProjectAdmins: true, Anonymous: true}, {}} {
		if err := book.SetRules(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err := book.Rules(t.Context()); err != nil || got != want {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
	}
}

// TestRulesFailClosed: what cannot be read is not allowed.
func TestRulesFailClosed(t *testing.T) {
	t.Parallel()
	all := pages.Rules{ProjectAdmins: true, Anonymous: true}
	scope := storetest.NewScope(t, rulesKind)
	book, failed := Rules{Scope: scope}, error(nil)
	w := newWorld(t, func(o *Options) {
		o.Rules = func(context.Context, behavepro.TenantID) (Rules, error) { return book, failed }
	})
	if got := w.rules(t.Context(), "t"); got != (pages.Rules{}) {
		t.Errorf("nothing was decided: %+v", got)
	}
	if err := book.SetRules(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if got := w.rules(t.Context(), "t"); got != all {
		t.Errorf("all was allowed: %+v", got)
	}
	failed = errors.New("no scope")
	if got := w.rules(t.Context(), "t"); got != (pages.Rules{}) {
		t.Errorf("no scope: %+v", got)
	}
	failed = nil
	was, err := book.record(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	put := store.Change{Action: store.PutIf, Kind: rulesKind, Record: store.Record{Key: rulesKey, Body: []byte{0xff}, Rev: was.Rev}}
	if _, err := scope.Write(t.Context(), store.Durable, put); err != nil {
		t.Fatal(err)
	}
	if got := w.rules(t.Context(), "t"); got != (pages.Rules{}) || !strings.Contains(w.log.String(), "the strictest hold") {
		t.Errorf("a broken record: %+v\n%s", got, w.log.String())
	}
}
