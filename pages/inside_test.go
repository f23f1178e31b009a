package pages

import (
	"bytes"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// FuzzParts holds the values in steps against a regular expression.
func FuzzParts(f *testing.F) {
	value := regexp.MustCompile(`"[^"]*"|“[^”]*”|«[^»]*»|<[^<>\s][^<>]*>|\b\d+(?:[.,:]\d+)*\b`)
	for _, s := range []string{"", "pays 12.50 €", `a "b" and <c> < d>`, "12.5x 1,2,3. 9:30", "“a” «b» x1 _2 3_", `"open`, "<a<b>", "1.2.3x", "日1 “””"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // a pattern and the scanner see broken bytes differently; both show them
		}
		var want []string
		for _, at := range value.FindAllStringIndex(text, -1) {
			want = append(want, text[at[0]:at[1]])
		}
		var got []string
		all := ""
		for _, p := range parts(text) {
			if all += p.Text; p.Literal {
				got = append(got, p.Text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || all != text {
			t.Errorf("%q: (-want +got)\n%s\n%q", text, diff, all)
		}
	})
}

func FuzzVisible(f *testing.F) {
	for _, s := range []string{"", "plain", "a\x1b[31mb\r\nc\rd", "\u202eabc\u2066", "\xff\xfe", "ok ✓ 日本語 \u200d \U000e0041", "\x7f\u0085"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := visible(bytes.Clone(in))
		if !utf8.Valid(out) {
			t.Fatalf("%q became %q, which is no UTF-8", in, out)
		}
		for i, r := range string(out) {
			if !shown(r, utf8.RuneLen(r)) {
				t.Fatalf("%q keeps %U at %d", in, r, i)
			}
		}
		if again := visible(bytes.Clone(out)); !bytes.Equal(again, out) {
			t.Fatalf("%q changes again to %q", out, again)
		}
	})
}

func TestFailingStep(t *testing.T) {
	t.Parallel()
	steps := []gherkin.Step{{Keyword: "Given ", Text: "a <tier> member"}, {Keyword: "And ", Text: "a member"}, {Keyword: "* ", Text: "it   is so"}}
	for _, c := range []struct {
		reported      string
		header, cells []string
		want          int
	}{
		{"Given a gold member", []string{"tier"}, []string{"gold"}, 0},
		{"a member", nil, nil, 1},
		{"given A GOLD member", []string{"tier"}, []string{"gold"}, 0},
		{"Given a <tier> member", nil, nil, 0},
		{"* it is so", nil, nil, 2},
		{"AfterHook", nil, nil, -1},
		{"", nil, nil, -1},
	} {
		if got := failingStep(steps, c.reported, c.header, c.cells); got != c.want {
			t.Errorf("%q: step %d, want %d", c.reported, got, c.want)
		}
	}
}

func TestParamsNote(t *testing.T) {
	t.Parallel()
	result := func(status behavepro.Status, old bool, value string) catalog.Result {
		params := []behavepro.Param{{Name: "Os", Value: value}}
		return catalog.Result{Outcome: catalog.Outcome{Status: status}, Run: &catalog.Push{Params: params}, Params: behavepro.ParamSet(params), Old: old}
	}
	for want, results := range map[string][]catalog.Result{
		"":                                  {result(behavepro.Passed, false, "Linux"), result(behavepro.Passed, false, "macOS")},
		"failed on Linux; passed elsewhere": {result(behavepro.Failed, false, "Linux"), result(behavepro.Passed, false, "macOS")},
		"failed on Linux; skipped on BeOS; passed elsewhere": {
			result(behavepro.Failed, false, "Linux"), result(behavepro.Passed, false, "macOS"), result(behavepro.Skipped, false, "BeOS"),
		},
		"old, not counted: OS/2":            {result(behavepro.Passed, false, "Linux"), result(behavepro.Failed, true, "OS/2")},
		"failed on Os 11; passed elsewhere": {result(behavepro.Failed, false, "11"), result(behavepro.Passed, false, "macOS")},
	} {
		v := &catalog.ScenarioView{Current: catalog.Current{Results: results}}
		if got := paramsNote(v); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var got []string
	for _, d := range []time.Duration{0, 45 * time.Second, 12 * time.Minute, 5 * time.Hour, 49 * time.Hour, 90 * 24 * time.Hour, -time.Hour} {
		got = append(got, ago(now, now.Add(-d)))
	}
	got = append(got, ago(now, time.Time{}), number(0), number(999), number(1284), number(1234567), number(-1284), plural(1, "row", "rows"), plural(2, "row", "rows"))
	want := []string{
		"just now", "45 s ago", "12 min ago", "5 h ago", "2 d ago", "2026-01-31", "2026-05-01 13:00", "never", "0", "999", "1,284", "1,234,567", "-1,284", "1 row", "2 rows",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
