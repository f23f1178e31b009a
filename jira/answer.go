package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/behavepro/behavepro"
)

// failure marks an error after which the same request may be tried again.
type failure struct {
	*behavepro.Problem
	again bool
	until time.Time // not before; zero where the site said nothing
}

// Unwrap leads to the problem, and from there to the kind.
func (f *failure) Unwrap() error { return f.Problem }

// RetryAt tells when a site that is busy or down may be asked again, where that is known.
func RetryAt(err error) (time.Time, bool) {
	var f *failure
	if errors.As(err, &f) && !f.until.IsZero() {
		return f.until, true
	}
	return time.Time{}, false
}

func problem(kind error, again bool, msg, hint string) *failure {
	return &failure{Problem: &behavepro.Problem{Msg: msg, Hint: hint, Err: kind}, again: again}
}

// ours reports whether a request was refused on our own side, by the transport.
func ours(err error) bool {
	for _, kind := range []error{behavepro.ErrRefused, behavepro.ErrForbidden, behavepro.ErrGone, behavepro.ErrUnauthenticated} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func (c *Client) unreachable(cause error) error {
	if ours(cause) { // asking again changes nothing
		return fmt.Errorf("ask Jira: %w", cause)
	}
	return problem(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, cause), true,
		fmt.Sprintf("Jira at %s cannot be reached", c.base.Host), "it is tried again by itself; status.atlassian.com tells of outages")
}

// judge makes an error of a status that is not a success.
func (c *Client) judge(r *call, a *answer) error {
	host := c.base.Host
	switch s := a.status; {
	case s >= 200 && s < 300:
		return nil
	case s >= 300 && s < 400, s == http.StatusMethodNotAllowed && r.method != http.MethodGet:
		return c.renamed(a)
	case s == http.StatusUnauthorized:
		return problem(behavepro.ErrUnauthenticated, false, fmt.Sprintf("Jira at %s does not accept this app's signature", host), c.clockHint(a))
	case s == http.StatusForbidden:
		return problem(behavepro.ErrForbidden, false, fmt.Sprintf("Jira at %s does not let this app do %s%s", host, r.name, a.said()),
			"a site admin can check the app's access under Apps, Connected apps")
	case s == http.StatusNotFound:
		return problem(behavepro.ErrNotFound, false, fmt.Sprintf("Jira at %s has nothing at %s, or hides it from this app", host, r.name), "")
	case s == http.StatusGone:
		return problem(behavepro.ErrGone, false, fmt.Sprintf("Jira at %s no longer has %s%s", host, r.name, a.said()),
			"the site may be closed; if not, update Behave Pro")
	case s == http.StatusTooManyRequests:
		f := problem(behavepro.ErrUnavailable, true, fmt.Sprintf("Jira at %s asks this app to slow down", host), "it is tried again by itself")
		f.until = c.pauses.until(r)
		return f
	case s == http.StatusRequestEntityTooLarge:
		return problem(behavepro.ErrLimit, false, fmt.Sprintf("Jira at %s refuses %s: too large", host, r.name), "")
	case s == http.StatusConflict:
		return problem(behavepro.ErrConflict, false, fmt.Sprintf("Jira at %s refuses %s: changed meanwhile%s", host, r.name, a.said()), "")
	case s >= 500, s == http.StatusRequestTimeout:
		f := problem(behavepro.ErrUnavailable, true, fmt.Sprintf("Jira at %s is not working: it answered %d", host, s),
			"it is tried again by itself; status.atlassian.com tells of outages")
		f.until = pauseOf(a.header, c.opt.Now())
		return f
	}
	return problem(behavepro.ErrInvalid, false, fmt.Sprintf("Jira at %s refuses %s with %d%s", host, r.name, a.status, a.said()), "")
}

func (c *Client) renamed(a *answer) error {
	where := "another address"
	if to, err := c.base.Parse(a.header.Get("Location")); err == nil && to.Host != "" && to.Host != c.base.Host {
		where = to.Host
	}
	return problem(behavepro.ErrUnavailable, false, fmt.Sprintf("Jira at %s has moved to %s: the site was renamed", c.base.Host, where),
		"Jira tells the app its new address by itself; if it does not, install the app again")
}

// clockHint says what a refused signature most likely means. Signatures last three minutes.
func (c *Client) clockHint(a *answer) string {
	if there, err := http.ParseTime(a.header.Get("Date")); err == nil {
		if off := c.opt.Now().Sub(there); off.Abs() > time.Minute {
			return fmt.Sprintf("this server's clock differs from Jira's by %s: set it right", off.Abs().Round(time.Second))
		}
	}
	return "install the app again, so that both sides agree on a new secret"
}

// maxSaid bounds what is repeated of Jira's own message.
const maxSaid = 300

// said is Jira's own message, as the end of a sentence.
func (a *answer) said() string {
	var told struct {
		ErrorMessages []string `json:"errorMessages"`
		Message       string   `json:"message"`
	}
	if json.Unmarshal(a.body, &told) != nil {
		return ""
	}
	text := told.Message
	if len(told.ErrorMessages) > 0 {
		text = told.ErrorMessages[0]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxSaid {
		text = string(runes[:maxSaid]) + "…"
	}
	if text == "" {
		return ""
	}
	return ": " + text
}
