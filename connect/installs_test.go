package connect

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

func nothing(*Install) error { return nil }

func wish(clientKey, base string, issued time.Time) Wish {
	return Wish{ClientKey: clientKey, BaseURL: base, DisplayURL: base, Secret: behavepro.NewSecret(secret), Issued: issued, Approved: true}
}

func put(t *testing.T, s *Installs, w Wish) Install {
	t.Helper()
	i, err := s.Put(t.Context(), w.Issued, w, nothing)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInstalls(t *testing.T) {
	t.Parallel()
	s := NewInstalls(storetest.NewStore(t, Kinds()...).Directory())
	b := put(t, s, wish("key-b", "https://b.atlassian.net", start))
	a := put(t, s, wish("key-a", "https://a.atlassian.net", start))
	if a.Tenant == b.Tenant {
		t.Fatal("two sites share a tenant")
	}
	all, err := s.List(t.Context())
	if err != nil || len(all) != 2 || all[0].ClientKey != "key-a" || all[1].ClientKey != "key-b" {
		t.Errorf("list: %v, %v", all, err)
	}
	if i, err := s.ByTenant(t.Context(), b.Tenant); err != nil || i.ClientKey != "key-b" {
		t.Errorf("by tenant: %v, %v", i.ClientKey, err)
	}
	for name, err := range map[string]error{
		"get":       second(s.Get(t.Context(), "key-c")),
		"get none":  second(s.Get(t.Context(), "")),
		"get long":  second(s.Get(t.Context(), strings.Repeat("k", maxClientKey+1))),
		"by tenant": second(s.ByTenant(t.Context(), "t-unknown")),
		"approve":   second(s.Approve(t.Context(), start, "key-c", nothing)),
		"uninstall": second(s.Uninstalled(t.Context(), start, "key-c", start)),
		"retire":    second(s.Retire(t.Context(), start, "key-c")),
	} {
		if !errors.Is(err, behavepro.ErrNotFound) {
			t.Errorf("%s of an unknown install: %v", name, err)
		}
	}
	if err := s.Delete(t.Context(), "key-a"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "key-a"); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	if _, err := s.Get(t.Context(), "key-b"); err != nil {
		t.Errorf("the other one: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestApproveWhatEnded(t *testing.T) {
	t.Parallel()
	s := NewInstalls(storetest.NewStore(t, Kinds()...).Directory())
	put(t, s, wish("key", "https://a.atlassian.net", start))
	if _, err := s.Uninstalled(t.Context(), start, "key", start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Approve(t.Context(), start, "key", nothing); !errors.Is(err, behavepro.ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestJoinRefuses(t *testing.T) {
	t.Parallel()
	s := NewInstalls(storetest.NewStore(t, Kinds()...).Directory())
	a := put(t, s, wish("key-a", "https://a.atlassian.net", start))
	b := put(t, s, wish("key-b", "https://b.atlassian.net", start))
	if _, _, err := s.Join(t.Context(), "key-b", a.Tenant); !errors.Is(err, behavepro.ErrConflict) {
		t.Errorf("with a site that has the app: %v", err)
	}
	for _, none := range []behavepro.TenantID{"t-unknown", behavepro.Local, ""} {
		if _, _, err := s.Join(t.Context(), "key-b", none); !errors.Is(err, behavepro.ErrNotFound) && none != "" {
			t.Errorf("with %q: %v", none, err)
		}
	}
	if _, _, err := s.Join(t.Context(), "key-b", ""); err == nil {
		t.Error("with no tenant")
	}
	if i, before, err := s.Join(t.Context(), "key-b", b.Tenant); err != nil || i.Tenant != b.Tenant || before != b.Tenant {
		t.Errorf("with itself: %v, %s, %s", err, i.Tenant, before)
	}
}

// TestReplayedInstallRace accepts one of many equal tokens.
func TestReplayedInstallRace(t *testing.T) {
	t.Parallel()
	s := NewInstalls(storetest.NewStore(t, Kinds()...).Directory())
	var all sync.WaitGroup
	var mu sync.Mutex
	var accepted []string
	for n := range 8 {
		all.Go(func() {
			w := wish("key", "https://a.atlassian.net", start)
			w.Secret = behavepro.NewSecret(fmt.Sprint("secret number ", n))
			i, err := s.Put(t.Context(), start, w, nothing)
			if err != nil {
				if code(err) != StaleInstall {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			accepted = append(accepted, i.Secret.Reveal())
		})
	}
	all.Wait()
	stored, err := s.Get(t.Context(), "key")
	if err != nil || len(accepted) != 1 || stored.Secret.Reveal() != accepted[0] {
		t.Errorf("%d were accepted, %v", len(accepted), err)
	}
}

func TestPendingSitesAreBounded(t *testing.T) {
	t.Parallel()
	s := NewInstalls(storetest.NewStore(t, Kinds()...).Directory())
	var waiting []store.Change
	for n := range maxPending {
		body, err := encoding.Marshal(installBody{ClientKey: fmt.Sprint("key-", n), Tenant: newTenant(), State: Pending, LastInstall: start})
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, store.Change{Action: store.PutNew, Kind: installKind, Record: store.Record{
			Key: store.Key{fmt.Sprint("key-", n)}, Body: body, Index: []store.IndexEntry{{Index: "tenant", Value: store.Key{"t"}}},
		}})
	}
	if _, err := s.scope.Write(t.Context(), store.Relaxed, waiting...); err != nil {
		t.Fatal(err)
	}
	w := wish("one-more", "https://a.atlassian.net", start)
	w.Approved = false
	if _, err := s.Put(t.Context(), start, w, nothing); code(err) != TooManyUnapproved || !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	w.Approved = true
	put(t, s, w)
	again := wish("key-0", "https://a.atlassian.net", start.Add(time.Second))
	again.Approved = false
	put(t, s, again)
}

func TestSiteURL(t *testing.T) {
	t.Parallel()
	extra := []string{"http://127.0.0.1:2990", "https://jira.example.com"}
	for text, want := range map[string]string{
		"https://shop.atlassian.net":               "https://shop.atlassian.net",
		"https://shop.atlassian.net/":              "https://shop.atlassian.net",
		"https://Shop.Atlassian.NET:443":           "https://shop.atlassian.net",
		"https://shop.jira.com":                    "https://shop.jira.com",
		"http://127.0.0.1:2990":                    "http://127.0.0.1:2990",
		"https://jira.example.com":                 "https://jira.example.com",
		"http://127.0.0.1:2991":                    "",
		"http://jira.example.com":                  "",
		"https://atlassian.net":                    "",
		"https://.atlassian.net":                   "",
		"https://shop.atlassian.net.":              "",
		"https://shop.atlassian.net.evil.example":  "",
		"https://evil.example#.atlassian.net":      "",
		"https://evil.example/.atlassian.net":      "",
		"https://evil.example?.atlassian.net":      "",
		"https://evil.example\\.atlassian.net":     "",
		"https://shop.atlassian.net?x":             "",
		"https://shop.atlassian.net?":              "",
		"https://shop.atlassian.net#x":             "",
		"https://user:pass@shop.atlassian.net":     "",
		"https://shop.atlassian.net:8443":          "",
		"ftp://shop.atlassian.net":                 "",
		"//shop.atlassian.net":                     "",
		"shop.atlassian.net":                       "",
		"":                                         "",
		"https://shop atlassian.net":               "",
		"https://sh\u00f6p.atlassian.net":          "",
		"https://[::1].atlassian.net":              "",
		"https://shop;script-src.atlassian.net":    "",
		"https://shop.atlassian.net\r\nx":          "",
		"javascript:alert(1)//shop.atlassian.net/": "",
	} {
		got, err := siteURL(text, extra)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestDisplayURL(t *testing.T) {
	t.Parallel()
	const base = "https://shop.atlassian.net"
	for text, want := range map[string]string{
		"":                                     base,
		"https://jira.example.com":             "https://jira.example.com",
		"https://jira.example.com/a/b?c=d#e":   "https://jira.example.com",
		"https://JIRA.example.com:8443/":       "https://jira.example.com:8443",
		"http://jira.example.com":              base,
		"javascript:alert(1)":                  base,
		"https://a.example;script-src":         base,
		"https://a.example script-src *":       base,
		"https://*.example.com":                base,
		"https://user@jira.example.com":        base,
		"https://jira.example.com:x":           base,
		"data:text/html,x":                     base,
		"https://" + strings.Repeat("a", 2000): base,
	} {
		if got := displayURL(text, base, nil); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzOriginOf(f *testing.F) {
	for _, seed := range []string{"https://shop.atlassian.net", "http://[::1]:80/", "https://a@b:c", "https://a;b", "HTTPS://X.example:0443?"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		origin, ok := originOf(text, false)
		if !ok {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Path+u.RawQuery+u.Fragment != "" || u.User != nil {
			t.Fatalf("%q becomes %q: %v", text, origin, err)
		}
		if strings.ContainsAny(origin, " ;,'\"*\r\n\\@") {
			t.Fatalf("%q becomes %q, which a policy could not name", text, origin)
		}
		if again, ok := originOf(origin, true); !ok || again != origin {
			t.Fatalf("%q becomes %q and then %q", text, origin, again)
		}
	})
}

// TestInstallIsSealed keeps secret, client key and address out of what is stored in the clear.
func TestInstallIsSealed(t *testing.T) {
	t.Parallel()
	if !installKind.Directory {
		t.Error("it is no kind of the directory")
	}
	for _, field := range slices.Concat(installKind.Key, installKind.Indexes[0].Fields) {
		if field.Guard == store.Plain && field.Name != "tenant" {
			t.Errorf("%s stands in the clear", field.Name)
		}
	}
}
