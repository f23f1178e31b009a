package pages

import (
	"testing"

	"github.com/behavepro/behavepro"
)

func TestOriginOfFile(t *testing.T) {
	t.Parallel()
	at := behavepro.SHA{0xab}
	const sha = "ab00000000000000000000000000000000000000"
	for repository, want := range map[string]string{
		"https://github.com/shop/webstore.git":         "https://github.com/shop/webstore/blob/" + sha + "/features/a%20%23b.feature#L7",
		"ssh://git@github.com/shop/webstore.git":       "https://github.com/shop/webstore/blob/" + sha + "/features/a%20%23b.feature#L7",
		"https://gitlab.com/shop/sub/webstore":         "https://gitlab.com/shop/sub/webstore/-/blob/" + sha + "/features/a%20%23b.feature#L7",
		"ssh://git@gitlab.example.com:2222/shop/w.git": "https://gitlab.example.com/shop/w/-/blob/" + sha + "/features/a%20%23b.feature#L7",
		"https://bitbucket.org/shop/webstore.git":      "https://bitbucket.org/shop/webstore/src/" + sha + "/features/a%20%23b.feature#lines-7",
		"https://git.example.com/shop.git":             "",
		"https://gitlab.example.com:8443/shop.git":     "",
		"https://github.com/":                          "",
		"/srv/git/shop":                                "",
		"javascript:alert(1)":                          "",
		"http://github.com/shop/webstore":              "",
	} {
		if got := originOfFile(repository, at, "features/a #b.feature", 7).Link; got != want {
			t.Errorf("%s: %q, want %q", repository, got, want)
		}
	}
}
