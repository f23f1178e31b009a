package pages

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web/problem"
)

// heading says in a page what kind of error it is about. Its status is that of web/problem.
type heading struct {
	text string
	hint string // unless the error has its own
}

// headings has a row for each error kind but those that are the server's own fault.
var headings = map[error]heading{
	behavepro.ErrUnauthenticated: {"Not signed in", "`syncd open` prints a link that signs you in."},
	behavepro.ErrForbidden:       {"Not allowed", ""},
	behavepro.ErrNotFound:        {"Not found", "Check the address, or start from the front page."},
	behavepro.ErrExists:          {"Exists already", ""},
	behavepro.ErrConflict:        {"Changed meanwhile", "Load the page again."},
	behavepro.ErrGone:            {"Gone", ""},
	behavepro.ErrLimit:           {"Too much", ""},
	behavepro.ErrUnsupported:     {"Not supported", ""},
	behavepro.ErrRefused:         {"Address refused", ""},
	behavepro.ErrTooMany:         {"Too many attempts", ""},
	behavepro.ErrUnavailable:     {"Not available now", "Try again in a moment."},
	behavepro.ErrInvalid:         {"This cannot be read", ""},
}

type failurePage struct {
	frame
	Status  int
	Heading string
	What    string
	Hint    string
}

// Fail answers with a page about an error, with the status of its kind. An error of no kind, or of one that is the server's own
// fault, is 500 without a word about its cause. The routes that lead to pages use it, too.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	page := failureOf(err)
	page.frame = p.frame(time.Time{}, page.Heading)
	if err := p.render(w, r, page.Status, "failure", &page); err != nil {
		http.Error(w, page.What, page.Status)
	}
}

func failureOf(err error) failurePage {
	k, _ := problem.KindOf(err)
	h, known := headings[k.Err]
	if !known {
		return failurePage{
			Status: k.Status, Heading: "Something went wrong here",
			What: "The page could not be made. The log of the server says why.", Hint: "Try again in a moment.",
		}
	}
	page := failurePage{Status: k.Status, Heading: h.text, Hint: h.hint, What: "What you asked for is " + k.Err.Error() + "."}
	if k.Err == behavepro.ErrNotFound {
		page.What = "There is nothing at this address, or it is out of your reach."
	}
	if all := problem.All(err); len(all) > 0 {
		detail, hint := problem.Join(all)
		page.What, page.Hint = sentence(detail), cmp.Or(sentence(hint), page.Hint)
	}
	return page
}

// NotFound answers for addresses that no route serves.
func (p *Pages) NotFound() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Fail(w, r, behavepro.Explain(behavepro.ErrNotFound, "There is no page at "+r.URL.Path, ""))
	})
}

// sentence gives a text a capital, unless it begins with a name such as that of a host, and an end.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, _, _ := strings.Cut(text, " ")
	if c := text[0]; c >= 'a' && c <= 'z' && !strings.ContainsAny(strings.TrimRight(first, ".,:"), "./:") {
		text = string(c-'a'+'A') + text[1:]
	}
	if strings.ContainsAny(text[len(text)-1:], ".!?`") {
		return text
	}
	return text + "."
}
