package gherkin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

func TestQuarantineEndsAfterItsLastDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, tags, want string }{
		{"", "@quarantine(until=2027-01-31)", "2027-02-01"},
		{"", "@Quarantine(until=2026-12-31)", "2027-01-01"},
		{"", "@quarantine(until=2027-01-31)|@slow|@quarantine(until=2026-01-31)", "2027-02-01"},
		{"", "@quarantine", ""},
		{"", "@quarantine(until=2027-02-30)", ""},
		{"", "@quarantine(until=2027-01-31", ""},
		{"", "@not-quarantine(until=2027-01-31)", ""},
		{`^flaky-till-(?P<until>.*)$`, "@flaky-till-2027-01-31", "2027-02-01"},
		{`^flaky-till-(?P<until>.*)$`, "@quarantine(until=2027-01-31)", ""},
	} {
		rule, err := gherkin.CompileQuarantine(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		var tags []gherkin.Tag
		for name := range strings.SplitSeq(c.tags, "|") {
			tags = append(tags, gherkin.Tag{Name: name})
		}
		got := rule.Until(tags)
		want := time.Time{}
		if c.want != "" {
			want, _ = time.Parse(time.DateOnly, c.want)
		}
		if !got.Equal(want) {
			t.Errorf("pattern %q, tags %s: got %v, want %v", c.pattern, c.tags, got, want)
		}
	}
}

func TestQuarantinePatternsAreChecked(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"(", "^quarantine$", "(?P<day>.*)"} {
		if _, err := gherkin.CompileQuarantine(pattern); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("pattern %q: got %v, want ErrInvalid", pattern, err)
		}
	}
}
