package main

import (
	"fmt"
	"io"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
)

// writeAccounting shows how every result ended: the counts, then what needs a person.
func writeAccounting(w io.Writer, a *client.Accounting) {
	row(w, "Read", a.Read, "")
	row(w, "Matched", a.Matched, fmt.Sprintf("%d passed, %d failed, %d skipped", a.Passed, a.Failed, a.Skipped))
	row(w, "Ambiguous", a.Ambiguous, "")
	row(w, "Unmatched", a.Unmatched, "")
	row(w, "Retries", a.RetryOf, "earlier attempts; the last one counts")
	row(w, "Waiting", a.Waiting, "")
	writeUnaccounted(w, "Unmatched", behavepro.Unmatched, a.Results)
	writeUnaccounted(w, "Ambiguous", behavepro.Ambiguous, a.Results)
	if len(a.Unreadable) > 0 {
		fmt.Fprintln(w, "\nUnreadable:")
		for _, f := range a.Unreadable {
			fmt.Fprintf(w, "  %s: %s\n", oneLine(f.File), oneLine(f.Message))
		}
	}
	if len(a.Notes) > 0 {
		fmt.Fprintln(w, "\nNotes:")
		for _, n := range a.Notes {
			fmt.Fprintf(w, "  %s\n", oneLine(n))
		}
	}
	if a.Repeated {
		fmt.Fprintln(w, "\nThe same push was stored before; it counts once.")
	}
}

func writeUnaccounted(w io.Writer, title string, how behavepro.Accounting, all []client.Result) {
	begun := false
	for i := range all {
		r := &all[i]
		if r.Accounting != how {
			continue
		}
		if !begun {
			fmt.Fprintf(w, "\n%s:\n", title)
			begun = true
		}
		place := r.Path
		if place != "" && r.Line > 0 {
			place = fmt.Sprintf("%s:%d", r.Path, r.Line)
		}
		if place == "" {
			place = r.File
		}
		fmt.Fprintf(w, "  %s (%s, %s)\n    %s\n", oneLine(r.Name), oneLine(place), oneLine(r.Raw), oneLine(r.Reason))
	}
}
