package api

import (
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
)

// FuzzOldParams: every param has a name, and nothing that was sent is lost.
func FuzzOldParams(f *testing.F) {
	for _, s := range []string{"Os=Linux", "Os=Linux,JVM=Java 1.8", "a,b=c,d", ",,=x,", "=", "Browser=Firefox, ESR"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		var told strings.Builder
		for _, p := range oldParams([]string{header}) {
			if p.Name == "" {
				t.Errorf("%q: a param without a name", header)
			}
			told.WriteString(p.Name + p.Value)
		}
		for word := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ',' || r == '=' || r == ' ' }) {
			if !strings.Contains(told.String(), strings.TrimSpace(word)) {
				t.Errorf("%q: %q is lost in %q", header, word, told.String())
			}
		}
	})
}

// FuzzPushName: a name leads to the push that it was made of; others lead nowhere.
func FuzzPushName(f *testing.F) {
	f.Add("id", "abc")
	f.Add("project:SHOP,PAY", "0f")
	f.Fuzz(func(t *testing.T, repo, id string) {
		p := &catalog.Push{ID: id, Repository: behavepro.RepositoryID(repo), Commit: behavepro.SHA{1}}
		where, commit, got, ok := parsePushName(pushName(p))
		if !strings.Contains(id, ".") && (!ok || string(where) != repo || got != id || commit != p.Commit) {
			t.Errorf("%q became %q %s %q", pushName(p), where, commit, got)
		}
		parsePushName(repo)
	})
}

// FuzzPlace: an address without its secrets is the same place, and holds no password.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"https://u:p@h/x.git", "git@h:x", "ssh://git@h:22/x", "/srv/x.git", "file:///x", "://", "https://u:p%zz@h/x", "c:\\x", "0/://@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		place, clean := client.Place(address), client.WithoutSecrets(address)
		if clean != "" && place != "" && strings.Contains(address, "://") && client.Place(clean) != place {
			t.Errorf("%q is at %q, without secrets (%q) at %q", address, place, clean, client.Place(clean))
		}
		if strings.Contains(clean, "://") && strings.Contains(strings.SplitN(strings.SplitN(clean, "://", 2)[1], "/", 2)[0], "@") {
			t.Errorf("%q keeps its user: %q", address, clean)
		}
	})
}
