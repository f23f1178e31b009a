package pages

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// words are what templates say things with.
var words = template.FuncMap{
	"number": number, "plural": plural, "code": codeParts, "ago": ago, "iso": iso, "stamp": stamp,
	"day":   func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"short": func(sha behavepro.SHA) string { return sha.Short() },
}

// number writes 1284 as 1,284.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, one, many string) string {
	if n == 1 {
		return number(n) + " " + one
	}
	return number(n) + " " + many
}

// markOf is the class of a status's dot.
func markOf(s behavepro.Status) constant {
	switch s {
	case behavepro.Passed:
		return "ok"
	case behavepro.Failed:
		return "bad"
	case behavepro.Skipped:
		return "skip"
	}
	return "none"
}

// signOf is what stands in a status's dot.
func signOf(s behavepro.Status) constant {
	switch s {
	case behavepro.Passed:
		return "✓"
	case behavepro.Failed:
		return "✕"
	case behavepro.Skipped:
		return "–"
	}
	return ""
}

// ago tells a time as people do.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < -time.Minute:
		return t.UTC().Format("2006-01-02 15:04")
	case d < 10*time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	case d < 30*24*time.Hour:
		return fmt.Sprintf("%d d ago", int(d.Hours()/24))
	}
	return t.UTC().Format("2006-01-02")
}

func iso(t time.Time) string   { return t.UTC().Format(time.RFC3339) }
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// took writes a duration in the unit that fits.
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}

// part is a piece of a text; Code stands between backticks, Literal is a value in a step.
type part struct {
	Text    string
	Code    bool
	Literal bool
}

// codeParts splits a text of ours at its backticks.
func codeParts(text string) []part {
	var parts []part
	for i, s := range strings.Split(text, "`") {
		if s != "" {
			parts = append(parts, part{Text: s, Code: i%2 == 1})
		}
	}
	return parts
}
