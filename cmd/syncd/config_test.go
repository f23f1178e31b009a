package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// load reads a configuration from a file's text, an environment and flags as pairs.
func load(t *testing.T, file string, env map[string]string, flags ...string) (config, error) {
	t.Helper()
	g := given{values: map[string][]string{}}
	if file != "" {
		g.file = filepath.Join(t.TempDir(), "conf")
		if err := os.WriteFile(g.file, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(flags); i += 2 {
		g.values[flags[i]] = append(g.values[flags[i]], flags[i+1])
	}
	return g.load(func(name string) string { return env[name] })
}

func TestZeroConfigWorks(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.Poll != 5*time.Minute || filepath.Base(c.Data) != "behavepro-data" || !filepath.IsAbs(c.Data) {
		t.Errorf("got %q, %s, %q", c.Listen, c.Poll, c.Data)
	}
	c, err = load(t, "", map[string]string{"XDG_DATA_HOME": "/home/a/.local/share"})
	if err != nil || c.Data != "/home/a/.local/share/behavepro" {
		t.Errorf("got %q, %v, want the user's data folder", c.Data, err)
	}
}

func TestStrongerPlacesWin(t *testing.T) {
	t.Parallel()
	file := "listen: 127.0.0.1:1\npoll: 1m\nlog-level: warn\ntrusted-proxy: 10.0.0.1\ntrusted-proxy: fd00::/8\nallow-git-host: a.example\n"
	env := map[string]string{"BEHAVEPRO_LISTEN": "127.0.0.1:2", "BEHAVEPRO_POLL": "2m", "BEHAVEPRO_ALLOW_GIT_HOST": "b.example, c.example"}
	c, err := load(t, file, env, "listen", "127.0.0.1:3", "listen", "127.0.0.1:4")
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Listen, c.Poll.String(), c.logLevel.String(), c.TrustedProxies, c.allowGitHosts}
	want := []any{
		"127.0.0.1:4", "2m0s", "WARN", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}, []string{"b.example", "c.example"},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestListenersThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flags []string
		want  string // "" where it is fine
	}{
		{[]string{"listen", "127.0.0.1:1"}, ""},
		{[]string{"listen", "[::1]:1"}, ""},
		{[]string{"listen", "localhost:1"}, ""},
		{[]string{"listen", "127.0.0.1:1", "public-url", "https://b.example"}, ""},
		{[]string{"listen", ":1"}, "--public-url"},
		{[]string{"listen", "192.0.2.1:1", "insecure-http", "true"}, "--public-url"},
		{[]string{"listen", "[::]:1", "public-url", "http://b.example"}, "--insecure-http"},
		{[]string{"listen", "b.example:1", "public-url", "http://b.example"}, "--insecure-http"},
		{[]string{"listen", "[::]:1", "public-url", "http://b.example", "insecure-http", "true"}, ""},
		{[]string{"listen", "[::]:1", "public-url", "https://b.example", "trusted-proxy", "10.0.0.0/8"}, ""},
		{[]string{"listen", "[::]:1", "public-url", "https://b.example", "tls-cert", "c", "tls-key", "k"}, ""},
		{[]string{"listen", "[::]:1", "public-url", "http://b.example", "tls-cert", "c", "tls-key", "k"}, "not https"},
		{[]string{"tls-cert", "c", "tls-key", "k", "trusted-proxy", "10.0.0.0/8"}, "without TLS"},
		{[]string{"tls-key", "k"}, "belong together"},
		{[]string{"public-url", "https://user@b.example"}, "more than scheme"},
		{[]string{"git-proxy", "user:password@proxy"}, "not an address"},
		{[]string{"insecure-http", "perhaps"}, "neither true nor false"},
	} {
		_, err := load(t, "", nil, test.flags...)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%v: %v", test.flags, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%v: got %v, want an error about %q", test.flags, err, test.want)
		case err != nil && strings.Contains(err.Error(), "password"):
			t.Errorf("%v: the error tells a password: %v", test.flags, err)
		}
	}
}

// TestSettingsAreDocumented keeps docs/config.md complete.
func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range settings {
		s := &settings[i]
		if !strings.Contains(string(doc), "| `"+s.name+"` | `"+s.env()+"` |") {
			t.Errorf("docs/config.md has no row for `%s` | `%s`", s.name, s.env())
		}
	}
	if rows := strings.Count(string(doc), "| `BEHAVEPRO_"); rows != len(settings) {
		t.Errorf("docs/config.md has %d rows, want %d", rows, len(settings))
	}
}

func FuzzConfigFile(f *testing.F) {
	f.Add("listen: 127.0.0.1:8080\n# x\n\ntrusted-proxy: ::1\ntrusted-proxy: 10.0.0.0/8\n")
	f.Add("listen\n:\n: x\ncolour: red\r\npoll: 1m\npoll: 2m")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := parseConfig("conf", []byte(text))
		lines := 0
		for name, entries := range found {
			known := false
			for i := range settings {
				known = known || settings[i].name == name
			}
			if !known {
				t.Errorf("unknown name %q got through", name)
			}
			lines += len(entries)
		}
		said := 0
		for _, line := range strings.Split(text, "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				said++
			}
		}
		if err == nil && lines != said {
			t.Errorf("%d of %d lines were read, and nothing was said", lines, said)
		}
	})
}

func TestRegionalURLs(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", map[string]string{"BEHAVEPRO_REGIONAL_URL": "eu=https://eu.bdd.example.com, AU=https://au.bdd.example.com/"}, "public-url", "https://bdd.example.com", "insecure-http", "true")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"EU": "https://eu.bdd.example.com", "AU": "https://au.bdd.example.com"}
	if diff := cmp.Diff(want, c.Regional); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for value, says := range map[string]string{
		"https://eu.bdd.example.com": "is not REALM=URL", "MARS=https://mars.example.com": "is none of", "EU=https://eu.example.com/bdd": "more than scheme",
		"EU=http://eu.example.com": "different ways",
	} {
		if _, err := load(t, "", nil, "public-url", "https://bdd.example.com", "insecure-http", "true", "regional-url", value); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("--regional-url %s: got %v, want %q", value, err, says)
		}
	}
	if _, err := load(t, "", nil, "regional-url", "EU=https://eu.example.com"); err == nil || !strings.Contains(err.Error(), "need a --public-url") {
		t.Errorf("without a public URL: got %v", err)
	}
	if _, err := load(t, "", nil, "public-url", "https://bdd.example.com", "regional-url", "EU=https://a.example.com", "regional-url", "EU=https://b.example.com"); err == nil || !strings.Contains(err.Error(), "two addresses") {
		t.Errorf("two addresses: got %v", err)
	}
}
