package gherkin

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// DefaultQuarantine is the pattern of quarantine tags where a repository has none of its own:
// @quarantine(until=2027-01-31).
const DefaultQuarantine = `^(?i:quarantine)\(until=(?P<until>\d{4}-\d{2}-\d{2})\)$`

// QuarantineRule says which tags take a scenario out of gates and roll-ups for a while. The zero value knows none.
type QuarantineRule struct {
	pattern *regexp.Regexp
	group   int
}

var defaultQuarantine = func() QuarantineRule {
	pattern := regexp.MustCompile(DefaultQuarantine)
	return QuarantineRule{pattern, pattern.SubexpIndex("until")}
}()

// CompileQuarantine reads a repository's pattern, an RE2 expression for tags without their @ with a group named until that
// holds a day such as 2027-01-31; "" is DefaultQuarantine. A wrong one is ErrInvalid.
func CompileQuarantine(text string) (QuarantineRule, error) {
	if text == "" {
		return defaultQuarantine, nil
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return QuarantineRule{}, fmt.Errorf("quarantine pattern %q: %w: %w", text, behavepro.ErrInvalid, err)
	}
	group := pattern.SubexpIndex("until")
	if group < 0 {
		return QuarantineRule{}, fmt.Errorf(
			"quarantine pattern %q has no group named until, such as (?P<until>[0-9-]+): %w",
			text,
			behavepro.ErrInvalid,
		)
	}
	return QuarantineRule{pattern, group}, nil
}

// Until is the end of the quarantine that tags ask for, the first moment in UTC after its last day; zero where none does.
// Of several days the latest counts. A tag whose day is none asks for nothing, so that no quarantine lasts for ever.
func (q QuarantineRule) Until(tags []Tag) (until time.Time) {
	if q.pattern == nil {
		return until
	}
	for i := range tags {
		m := q.pattern.FindStringSubmatch(strings.TrimPrefix(tags[i].Name, "@"))
		if m == nil {
			continue
		}
		if day, err := time.Parse(time.DateOnly, m[q.group]); err == nil {
			if end := day.AddDate(0, 0, 1); end.After(until) {
				until = end
			}
		}
	}
	return until
}
