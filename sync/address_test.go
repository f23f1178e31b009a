package sync

import (
	"errors"
	"testing"

	"github.com/behavepro/behavepro"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://github.com/shop/web.git":          "https://github.com/shop/web.git shop/web",
		"https://GitHub.com/shop/web/":             "https://github.com/shop/web shop/web",
		"https://ada:s3cret@github.com/shop/web":   "https://github.com/shop/web shop/web ada s3cret",
		"https://git.example.com:8443/a/b/c":       "https://git.example.com:8443/a/b/c b/c",
		"git@github.com:shop/web.git":              "git@github.com:shop/web.git shop/web",
		"ssh://git@git.example.com:2222/shop/web":  "ssh://git@git.example.com:2222/shop/web shop/web",
		"/srv/git/web.git":                         "/srv/git/web.git web",
		"file:///srv/git/web":                      "/srv/git/web web",
		"https://dev.azure.com/org/p/_git/my repo": "",
		"https://dev.azure.com/org/p/_git/r":       "https://dev.azure.com/org/p/_git/r _git/r",
		"":                                         "",
		"shop/web":                                 "",
		"ftp://x/y":                                "",
		"https://github.com":                       "",
		"https://x/y?z":                            "",
		"file://other/y":                           "",
		"ssh://-oProxyCommand=x/y":                 "",
		"git@-oProxyCommand=x:y":                   "",
		"https://ada:s3cret@x y/z":                 "",
		"https://github.com/a\nHost: b":            "",
	} {
		a, user, password, err := ParseAddress(raw)
		if err != nil {
			if want != "" && raw != "https://dev.azure.com/org/p/_git/my repo" {
				t.Errorf("%q: %v", raw, err)
			}
			if !errors.Is(err, behavepro.ErrInvalid) {
				t.Errorf("%q: error %v is not ErrInvalid", raw, err)
			}
			continue
		}
		got := a.String() + " " + a.SuggestName()
		if user != "" {
			got += " " + user + " " + password.Reveal()
		}
		if got != want && raw != "https://dev.azure.com/org/p/_git/my repo" {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"https://u:p@h/p", "git@h:p", "/p", "ssh://h/p", "https://[::1]:8/p"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, _, _, err := ParseAddress(raw)
		if err != nil {
			return
		}
		again, user, password, err := ParseAddress(a.String())
		if err != nil || user != "" || !password.IsZero() || again.String() != a.String() {
			t.Errorf("%q becomes %q, which reads as %q, %v", raw, a, again, err)
		}
	})
}
