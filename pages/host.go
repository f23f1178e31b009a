package pages

import (
	"net/url"
	"slices"
	"strings"
)

// Host is the site that shows a page inside its own, such as Jira.
type Host struct {
	Site      string   // its origin, such as https://shop.example.net: links to issues lead there
	Ancestors []string // origins that may frame the page
	Script    string   // address of the script that connects the page with the site; "" is none
	Renew     string   // where the page trades what the site signs for a new Token; "" is nowhere
	// Token says who looks at what. Every address and every form of a page keeps it, since a cookie would not come back from inside
	// another site.
	Token string
}

// TokenField is the query's and the forms' name for the token.
const TokenField = "ctx"

// In are the pages as they are shown inside another site.
func (p *Pages) In(h *Host) *Pages {
	other := *p
	other.link.token, other.link.site, other.host = h.Token, h.Site, h
	other.policy = policy(h.Ancestors, originOf(h.Script))
	return &other
}

// originOf is the beginning of an address up to its path; "" where it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// kept adds the token to what a form keeps.
func (p *Pages) kept(keep []pair) []pair {
	keep = slices.DeleteFunc(keep, func(f pair) bool { return f.Name == TokenField })
	if p.link.token == "" {
		return keep
	}
	return append(keep, pair{TokenField, p.link.token})
}

// policy lets a page use its own style, script and addresses, those of the site that shows it, and nothing else.
func policy(ancestors []string, script string) string {
	by, own := "'none'", "'self'"
	if len(ancestors) > 0 {
		by = strings.Join(ancestors, " ")
	}
	if script != "" {
		own += " " + script
	}
	return "default-src 'none'; style-src " + own + "; script-src " + own + "; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors " + by
}
