package report

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// dotnetTest is a test as the reports of .NET know it: a method of a class, both named after the feature file by the
// generators of SpecFlow and Reqnroll. Some reports have the titles, too.
type dotnetTest struct {
	class   string   // with its namespace
	display string   // the method, or the title, with the arguments of a row
	title   string   // of the scenario, where told
	feature string   // title of the feature, where told
	cells   []string // of the row, where told
	raw     string
	message string
	cut     bool
	took    time.Duration
	start   time.Time
	dropped int
}

// reported makes a result of a test.
func (t *dotnetTest) reported() Reported {
	class, _, _ := strings.Cut(t.class, ",") // of "Proj.PayFeature, Proj, Version=1.0.0.0"
	display := strings.TrimPrefix(t.display, class+".")
	r := Reported{
		Suite: class, Feature: cmp.Or(t.feature, class), Name: cmp.Or(t.title, display), Raw: stepWord(t.raw, t.message),
		Message: t.message, Cut: t.cut, Duration: t.took, Start: t.start, Dropped: t.dropped, Cells: t.cells, Trust: Names,
	}
	if t.title != "" && len(t.cells) == 0 {
		_, r.Cells = SplitCall(display)
	}
	return r
}

// stepWord makes the word of a test that did not run to its end more precise: SpecFlow and Reqnroll say in its message
// that a step is pending or has no definition, and the framework calls both inconclusive, skipped or ignored.
func stepWord(raw, message string) string {
	if status, known := behavepro.StatusOf(raw); !known || status != behavepro.Skipped {
		return raw
	}
	switch {
	case strings.Contains(message, "No matching step definition found"):
		return "undefined"
	case strings.Contains(message, "step definitions are not implemented yet"), strings.Contains(message, "Test pending"):
		return "pending"
	}
	return raw
}

// maxCells bounds the arguments of a row that are kept.
const maxCells = 256

// SplitCall takes the arguments off a test's name: EatingCucumbers("12","5",null), or Eating(count: "12", tags: []).
func SplitCall(name string) (method string, cells []string) {
	open := strings.IndexByte(name, '(')
	if open <= 0 || name[len(name)-1] != ')' {
		return name, nil
	}
	rest := name[open+1 : len(name)-1]
	for rest != "" && len(cells) < maxCells {
		var cell string
		cell, rest = nextArgument(strings.TrimLeft(rest, " "))
		cells = append(cells, cell)
	}
	return strings.TrimSpace(name[:open]), cells
}

// nextArgument reads one argument, with its name before a colon or without.
func nextArgument(text string) (cell, rest string) {
	if colon := strings.Index(text, ": "); colon > 0 && strings.Trim(text[:colon], identifierRunes) == "" {
		text = text[colon+2:]
	}
	if !strings.HasPrefix(text, `"`) {
		cell, rest, _ = strings.Cut(text, ",")
		return strings.TrimSpace(cell), rest
	}
	end := 1
	for end < len(text) && text[end] != '"' {
		if text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(text) { // cut by the framework, which puts dots
		return text[1:], ""
	}
	cell = text[1:end]
	if plain, err := strconv.Unquote(text[:end+1]); err == nil {
		cell = plain
	}
	_, rest, _ = strings.Cut(text[end+1:], ",")
	return cell, rest
}

const identifierRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@"

// clockDuration reads "00:00:01.5000000" and "1.02:03:04"; what is no such time is 0.
func clockDuration(text string) time.Duration {
	var total float64
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return 0
	}
	days, hours, dotted := strings.Cut(parts[0], ".")
	if !dotted {
		days, hours = "0", parts[0]
	}
	for _, part := range []struct {
		text string
		unit float64
	}{{days, 86400}, {hours, 3600}, {parts[1], 60}, {parts[2], 1}} {
		n, err := strconv.ParseFloat(part.text, 64)
		if err != nil || n < 0 {
			return 0
		}
		total += n * part.unit
	}
	return duration(total, time.Second)
}

// firstTime reads the first of the texts that is a time.
func firstTime(texts ...string) time.Time {
	for _, text := range texts {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z", "2006-01-02 15:04:05", "2006-01-02T15:04:05.9999999"} {
			if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}
