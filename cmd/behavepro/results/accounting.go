package results

import (
	"fmt"
	"io"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// writeAccounting shows how every result ended: the counts, then what needs a person.
func writeAccounting(w io.Writer, a *client.Accounting) {
	cli.Row(w, "Read", a.Read, "")
	cli.Row(w, "Matched", a.Matched, fmt.Sprintf("%d passed, %d failed, %d skipped", a.Passed, a.Failed, a.Skipped))
	cli.Row(w, "Ambiguous", a.Ambiguous, "")
	cli.Row(w, "Unmatched", a.Unmatched, "")
	cli.Row(w, "Retries", a.RetryOf, "earlier attempts; the last one counts")
	cli.Row(w, "Waiting", a.Waiting, "")
	writeUnaccounted(w, "Unmatched", behavepro.Unmatched, a.Results)
	writeUnaccounted(w, "Ambiguous", behavepro.Ambiguous, a.Results)
	if len(a.Unreadable) > 0 {
		fmt.Fprintln(w, "\nUnreadable:")
		for _, f := range a.Unreadable {
			fmt.Fprintf(w, "  %s: %s\n", cli.OneLine(f.File), cli.OneLine(f.Message))
		}
	}
	if len(a.Notes) > 0 {
		fmt.Fprintln(w, "\nNotes:")
		for _, n := range a.Notes {
			fmt.Fprintf(w, "  %s\n", cli.OneLine(n))
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
		fmt.Fprintf(w, "  %s (%s, %s)\n    %s\n", cli.OneLine(r.Name), cli.OneLine(place), cli.OneLine(r.Raw), cli.OneLine(r.Reason))
	}
}
