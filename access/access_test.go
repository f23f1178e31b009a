package access_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newRegistry(t *testing.T) *access.Registry {
	return access.New(storetest.NewStore(t, access.Kinds()...).Directory())
}

func grant(verbs ...access.Verb) access.Grant {
	return access.Grant{Tenant: "t", Projects: []behavepro.ProjectKey{"SHOP"}, Verbs: verbs}
}

func create(t *testing.T, r *access.Registry, wish access.NewToken) (string, access.Token) {
	t.Helper()
	secret, token, err := r.Create(t.Context(), behavepro.Change{At: now}, wish)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal(), token
}

func TestToken(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	text, token := create(t, r, access.NewToken{Name: "ci", Grant: grant(access.ResultsWrite), Expires: now.Add(time.Hour)})
	if !strings.HasPrefix(text, "bp_"+token.ID+"_") || len(text) < 60 {
		t.Errorf("token text has an odd form, %d long", len(text))
	}
	p, err := r.Authenticate(t.Context(), text, now)
	if err != nil {
		t.Fatal(err)
	}
	want := access.Principal{Grant: grant(access.ResultsWrite), Name: "ci", TokenID: token.ID, Entry: behavepro.EntryAPI}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	other, second := create(t, r, access.NewToken{Name: "other", Grant: grant(access.ResultsRead)})
	if err := r.Revoke(t.Context(), behavepro.Change{At: now}, "elsewhere", second.ID); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("revoke another tenant's: got %v", err)
	}
	for range 2 {
		if err := r.Revoke(t.Context(), behavepro.Change{At: now}, "t", second.ID); err != nil {
			t.Errorf("revoke: %v", err)
		}
	}
	secret := text[strings.LastIndex(text, "_")+1:]
	for _, c := range []struct{ name, text, says string }{
		{"empty", "", "not a token"},
		{"no prefix", "xx" + text, "not a token"},
		{"no secret", "bp_" + token.ID, "not a token"},
		{"odd letters", "bp_" + token.ID + "_é\x00", "not a token"},
		{"endless", "bp_" + strings.Repeat("a", 1000) + "_b", "not a token"},
		{"wrong secret", text[:len(text)-1], "unknown"},
		{"unknown id", "bp_nosuchid_" + secret, "unknown"},
		{"another's secret", "bp_" + second.ID + "_" + secret, "unknown"},
		{"revoked", other, `"other" was revoked on 2026-01-02`},
	} {
		_, err := r.Authenticate(t.Context(), c.text, now)
		if !errors.Is(err, behavepro.ErrUnauthenticated) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := r.Authenticate(t.Context(), text, now.Add(time.Hour)); !errors.Is(err, behavepro.ErrUnauthenticated) || !strings.Contains(err.Error(), "expired on 2026-01-02") {
		t.Errorf("expired: got %v", err)
	}
}

func TestLastUse(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	text, _ := create(t, r, access.NewToken{Name: "ci", Grant: grant(access.ResultsWrite)})
	for _, c := range []struct{ at, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Minute, time.Minute}, {time.Minute + 1, time.Minute}} {
		if _, err := r.Authenticate(t.Context(), text, now.Add(c.at)); err != nil {
			t.Fatal(err)
		}
		tokens, err := r.List(t.Context(), "t")
		if err != nil || len(tokens) != 1 || !tokens[0].LastUsed.Equal(now.Add(c.want)) {
			t.Errorf("after use at %v: %+v, %v", c.at, tokens, err)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	for name, wish := range map[string]access.NewToken{
		"no tenant":   {Grant: access.Grant{AllProjects: true, Verbs: []access.Verb{access.Admin}}},
		"no verbs":    {Grant: grant()},
		"odd verb":    {Grant: grant("results:burn")},
		"no projects": {Grant: access.Grant{Tenant: "t", Verbs: []access.Verb{access.Admin}}},
		"expired":     {Grant: grant(access.Admin), Expires: now},
	} {
		if _, _, err := r.Create(t.Context(), behavepro.Change{At: now}, wish); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestMaxTokens: so many tokens of a tenant may work and no more. Those that ended, the admin's own and another tenant's do not
// count.
func TestMaxTokens(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	r.Bound(3)
	later := now.Add(time.Minute)
	wish := access.NewToken{Name: "ci", Grant: grant(access.ResultsRead)}
	wish.Tenant = behavepro.Local
	soon := wish
	soon.Expires = later
	create(t, r, soon)
	create(t, r, wish)
	_, last := create(t, r, wish)
	try := func(when string, at time.Time, full bool) {
		t.Helper()
		_, _, err := r.Create(t.Context(), behavepro.Change{At: at}, wish)
		if full && (!errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "there are 3 tokens")) || !full && err != nil {
			t.Errorf("%s: got %v", when, err)
		}
	}
	dir := t.TempDir()
	for range 2 {
		if err := r.RotateAdmin(t.Context(), behavepro.Change{At: now}, dir); err != nil {
			t.Errorf("the admin's own: %v", err)
		}
	}
	try("full", now, true)
	try("one has expired", later, false)
	try("full again", later, true)
	if err := r.Revoke(t.Context(), behavepro.Change{At: now}, behavepro.Local, last.ID); err != nil {
		t.Fatal(err)
	}
	try("one was revoked", later, false)
	try("full once more", later, true)
	wish.Tenant = "u"
	try("another tenant", now, false)
}

func TestAllow(t *testing.T) {
	t.Parallel()
	ci := access.Principal{Grant: grant(access.ResultsWrite), Name: "ci", TokenID: "1"}
	admin := access.Principal{Grant: access.Grant{Tenant: "t", AllProjects: true, Verbs: []access.Verb{access.Admin}}, Name: "admin", TokenID: "2"}
	for _, c := range []struct {
		name    string
		who     access.Principal
		verb    access.Verb
		project behavepro.ProjectKey
		says    string
	}{
		{"its verb, its project", ci, access.ResultsWrite, "SHOP", ""},
		{"its verb alone", ci, access.ResultsWrite, "", ""},
		{"another verb", ci, access.ReposRead, "SHOP", `the token "ci" may not do repos:read, only results:write`},
		{"another project", ci, access.ResultsWrite, "PAY", "does not reach project PAY"},
		{"admin", admin, access.ReposWrite, "PAY", ""},
	} {
		var projects []behavepro.ProjectKey
		if c.project != "" {
			projects = append(projects, c.project)
		}
		err := c.who.Allow(c.verb, projects...)
		if c.says == "" && err == nil {
			continue
		}
		if !errors.Is(err, behavepro.ErrForbidden) || !strings.Contains(err.Error(), c.says) || c.says == "" {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	r, dir := newRegistry(t), t.TempDir()
	read := func() string {
		t.Helper()
		path, err := r.EnsureAdmin(t.Context(), dir, now)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("admin file: %v, %v", info.Mode(), err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	first := read()
	if again := read(); again != first {
		t.Error("the second start made another token")
	}
	p, err := r.Authenticate(t.Context(), first, now)
	if err != nil || p.Tenant != behavepro.Local || p.Allow(access.ReposWrite, "ANY") != nil {
		t.Errorf("admin: %+v, %v", p, err)
	}
	if err := r.RotateAdmin(t.Context(), behavepro.Change{At: now}, dir); err != nil {
		t.Fatal(err)
	}
	second := read()
	if _, err := r.Authenticate(t.Context(), first, now); second == first || !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("after rotation the old token gives %v", err)
	}
	if err := os.WriteFile(access.AdminFile(dir), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if third := read(); third == second || third == "garbage" {
		t.Error("a broken file was not replaced")
	}
	if _, err := r.Authenticate(t.Context(), second, now); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("the replaced token gives %v", err)
	}
}

func TestTicket(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	ctx := t.Context()
	ticket := func(reusable bool) string {
		t.Helper()
		secret, err := r.NewTicket(ctx, access.Ticket{Grant: grant(access.ResultsRead), Until: now.Add(5 * time.Minute), Reusable: reusable})
		if err != nil {
			t.Fatal(err)
		}
		return secret.Reveal()
	}
	unauthenticated := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, behavepro.ErrUnauthenticated) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	once := ticket(false)
	var won, lost int
	var cookie string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			secret, _, err := r.Redeem(ctx, once, now, time.Hour)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won, cookie = won+1, secret.Reveal()
			} else if errors.Is(err, behavepro.ErrUnauthenticated) {
				lost++
			}
		})
	}
	wg.Wait()
	if won != 1 || lost != 7 {
		t.Errorf("a ticket opened %d sessions, refused %d", won, lost)
	}
	p, err := r.Session(ctx, cookie, now.Add(59*time.Minute))
	if err != nil || p.Tenant != "t" || p.TokenID != "" || !p.Can(access.ResultsRead) {
		t.Errorf("session: %+v, %v", p, err)
	}
	_, err = r.Session(ctx, cookie, now.Add(time.Hour))
	unauthenticated("expired session", err)
	_, err = r.Session(ctx, once, now)
	unauthenticated("ticket as cookie", err)
	_, err = r.Session(ctx, "", now)
	unauthenticated("no cookie", err)
	_, _, err = r.Redeem(ctx, ticket(false), now.Add(5*time.Minute), time.Hour)
	unauthenticated("expired ticket", err)

	demo := ticket(true)
	for range 2 {
		_, until, err := r.Redeem(ctx, demo, now, time.Hour)
		if err != nil || !until.Equal(now.Add(5*time.Minute)) {
			t.Errorf("reusable ticket: until %v, %v", until, err)
		}
	}
	if err := r.Sweep(ctx, now.Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Session(ctx, cookie, now); err != nil {
		t.Errorf("the sweep took a live session: %v", err)
	}
	_, _, err = r.Redeem(ctx, demo, now, time.Hour)
	unauthenticated("swept ticket", err)
	if err := r.End(ctx, cookie); err != nil {
		t.Fatal(err)
	}
	_, err = r.Session(ctx, cookie, now)
	unauthenticated("ended session", err)
}

func TestHook(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	ctx := t.Context()
	first, err := r.RotateHook(ctx, behavepro.Change{At: now}, "t", "r1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.RotateHook(ctx, behavepro.Change{At: now}, "t", "r11")
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.Hook(ctx, first.ID)
	if err != nil || found.Repository != "r1" || found.Tenant != "t" || found.Secret != first.Secret || len(first.ID) < 32 {
		t.Errorf("hook: %+v, %v", found, err)
	}
	second, err := r.RotateHook(ctx, behavepro.Change{At: now.Add(time.Second)}, "t", "r1")
	if err != nil || second.ID == first.ID || second.Secret == first.Secret {
		t.Errorf("rotated: %+v, %v", second, err)
	}
	if of, err := r.HookOf(ctx, "t", "r1"); err != nil || of.ID != second.ID {
		t.Errorf("hook of r1: %+v, %v", of, err)
	}
	for _, id := range []string{first.ID, "", "nosuch", "../x"} {
		if _, err := r.Hook(ctx, id); !errors.Is(err, behavepro.ErrNotFound) {
			t.Errorf("hook %q: got %v", id, err)
		}
	}
	if err := r.RemoveHook(ctx, "t", "r1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.HookOf(ctx, "t", "r1"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("removed hook: got %v", err)
	}
	if _, err := r.Hook(ctx, other.ID); err != nil {
		t.Errorf("another repository's hook: %v", err)
	}
	text, _ := create(t, r, access.NewToken{Name: "ci", Grant: grant(access.ResultsWrite)})
	if err := r.RemoveTenant(ctx, "t"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Hook(ctx, other.ID); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("hook of a removed tenant: got %v", err)
	}
	if _, err := r.Authenticate(ctx, text, now); !errors.Is(err, behavepro.ErrUnauthenticated) {
		t.Errorf("token of a removed tenant: got %v", err)
	}
}

func TestNoSecretInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := embedded.OpenDir(t.Context(), dir, access.Kinds(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := access.New(s.Directory())
	text, token := create(t, r, access.NewToken{Name: "SECRET-NAME", Grant: grant(access.ResultsWrite)})
	hook, err := r.RotateHook(t.Context(), behavepro.Change{At: now}, "t", "r1")
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := r.NewTicket(t.Context(), access.Ticket{Grant: grant(access.ResultsRead), Until: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "store.db"))
	if err != nil || !bytes.Contains(file, []byte(token.ID)) {
		t.Fatalf("the token's id is not in the file: %v", err)
	}
	for _, secret := range []string{text[len("bp_")+len(token.ID)+1:], "SECRET-NAME", hook.ID, hook.Secret.Reveal(), ticket.Reveal()} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("in clear: %s", secret)
		}
	}
}

func FuzzAuthenticate(f *testing.F) {
	r := access.New(storetest.NewStore(f, access.Kinds()...).Directory())
	f.Add("bp_abc_def")
	f.Add("bp__")
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := r.Authenticate(t.Context(), text, now); !errors.Is(err, behavepro.ErrUnauthenticated) {
			t.Errorf("%q: got %v", text, err)
		}
	})
}
