package behavepro_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
)

func TestParseProjectKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", behavepro.MaxProjectKey)
	for text, want := range map[string]behavepro.ProjectKey{
		"SHOP": "SHOP", "AB": "AB", "A1": "A1", "A_": "A_", "MY_SHOP_2": "MY_SHOP_2", "shop": "SHOP", "Shop2": "SHOP2", long: behavepro.ProjectKey(long),
		strings.Repeat("A", 101): behavepro.ProjectKey(strings.Repeat("A", 101)),
		"":                       "", "X": "", "1A": "", "_A": "", "12": "", "SHOP ": "", " SHOP": "", "SH-OP": "", "SHOP-1": "", "SH.OP": "", "SH/OP": "", "SHOP\n": "", "SHÖP": "",
		"\u017fHOP": "", "\u212aEY": "", "SHOP\x00": "", "SH\xffOP": "", long + "A": "",
	} {
		got, err := behavepro.ParseProjectKey(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("%.60q: got %.60q, %v, want %.60q", text, got, err, want)
		}
	}
}

func TestParseIssueKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", behavepro.MaxProjectKey)
	for text, want := range map[string]behavepro.IssueKey{
		"SHOP-1": "SHOP-1", "shop-12": "SHOP-12", "A1-9": "A1-9", "MY_SHOP-100": "MY_SHOP-100", "AB-999999999999999999": "AB-999999999999999999",
		long + "-1": behavepro.IssueKey(long + "-1"),
		"":          "", "SHOP": "", "SHOP-": "", "-1": "", "X-1": "", "SHOP-0": "", "SHOP-01": "", "SHOP-1A": "", "SHOP--1": "", "SHOP-1-2": "", "SHOP-1 ": "",
		"AB-1000000000000000000": "", long + "A-1": "", "SHOP-١": "", "\u017fHOP-1": "", "SHOP-+1": "",
	} {
		got, err := behavepro.ParseIssueKey(text)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("%.60q: got %.60q, %v, want %.60q", text, got, err, want)
		}
		if behavepro.IsIssueKey(text) != (err == nil) {
			t.Errorf("%.60q: IsIssueKey differs", text)
		}
	}
	if got := behavepro.IssueKey("MY_SHOP-12").Project(); got != "MY_SHOP" {
		t.Errorf("project %q", got)
	}
}

// FuzzParseKeys holds both functions against regular expressions.
func FuzzParseKeys(f *testing.F) {
	for _, s := range []string{"", "X", "SHOP", "shop-1", "SHOP-01", "A_1-999999999999999999", "\u017fHOP-1", "A-B-1"} {
		f.Add(s)
	}
	project := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,254}\z`)
	issue := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{1,254}-[1-9][0-9]{0,17}\z`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := behavepro.ParseProjectKey(text)
		if (err == nil) != project.MatchString(text) {
			t.Errorf("project %q: %v", text, err)
		}
		if err == nil && string(p) != strings.ToUpper(text) {
			t.Errorf("project %q: got %q", text, p)
		}
		i, err := behavepro.ParseIssueKey(text)
		if (err == nil) != issue.MatchString(text) {
			t.Errorf("issue %q: %v", text, err)
		}
		if err == nil {
			if again, err := behavepro.ParseIssueKey(string(i)); again != i || err != nil {
				t.Errorf("issue %q is read as %q, and that as %q, %v", text, i, again, err)
			}
			if _, err := behavepro.ParseProjectKey(string(i.Project())); err != nil {
				t.Errorf("issue %q: its project: %v", text, err)
			}
		}
	})
}
