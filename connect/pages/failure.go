package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// kinds are the statuses and headings of errors.
var kinds = []struct {
	kind    error
	status  int
	heading string
	hint    string
}{
	{behavepro.ErrUnauthenticated, http.StatusUnauthorized, "Not signed in", "`syncd open` prints a link that signs you in."},
	{behavepro.ErrForbidden, http.StatusForbidden, "Not allowed", ""},
	{behavepro.ErrNotFound, http.StatusNotFound, "Not found", "Check the address, or start from the front page."},
	{behavepro.ErrGone, http.StatusGone, "Gone", ""},
	{behavepro.ErrInvalid, http.StatusBadRequest, "This cannot be read", ""},
	{behavepro.ErrLimit, http.StatusRequestEntityTooLarge, "Too much", ""},
	{behavepro.ErrUnsupported, http.StatusNotImplemented, "Not supported", ""},
	{behavepro.ErrConflict, http.StatusConflict, "Changed meanwhile", "Load the page again."},
	{behavepro.ErrTooMany, http.StatusTooManyRequests, "Too many attempts", ""},
	{behavepro.ErrUnavailable, http.StatusServiceUnavailable, "Not available now", "Try again in a moment."},
}

type failurePage struct {
	frame
	Status  int
	Heading string
	What    string
	Hint    string
}

// Fail answers with a page about an error. It is for whoever opens the pages' doors, too: an error of a kind of the root
// package becomes its status and text, any other one 500 without a word about its cause.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	page := failurePage{
		Status: http.StatusInternalServerError, Heading: "Something went wrong here",
		What: "The page could not be made. The log of the server says why.", Hint: "Try again in a moment.",
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			page.Status, page.Heading, page.Hint = k.status, k.heading, k.hint
			page.What = "What you asked for is " + k.kind.Error() + "."
			if k.kind == behavepro.ErrNotFound {
				page.What = "There is nothing at this address, or it is out of your reach."
			}
			break
		}
	}
	var said *behavepro.Problem
	if page.Status != http.StatusInternalServerError && errors.As(err, &said) {
		page.What, page.Hint = sentence(said.Msg), cmp.Or(sentence(said.Hint), page.Hint)
	}
	page.frame = p.frame(time.Time{}, page.Heading)
	if err := p.render(w, r, page.Status, "failure", &page); err != nil {
		http.Error(w, page.What, page.Status)
	}
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
