package pages

import (
	"maps"
	"net/url"
	"regexp"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// links builds the addresses of pages under a base path.
type links struct {
	base  string
	token string // that every address keeps; "" outside of another site
	site  string // origin of the site that shows the pages; "" is none
}

func (l links) home() string         { return l.base + "/" + l.query(nil) }
func (l links) issues() string       { return l.base + "/issues" }
func (l links) repositories() string { return l.base + "/repositories" + l.query(nil) }

func (l links) settings(did string) string {
	return l.base + "/settings" + l.query(values("did", did))
}
func (l links) connecting() string { return l.base + "/settings/connect" + l.query(nil) }
func (l links) newToken() string   { return l.base + "/settings/tokens" + l.query(nil) }
func (l links) newTrust() string   { return l.base + "/settings/trusts" + l.query(nil) }
func (l links) evidence(project behavepro.ProjectKey) string {
	return l.base + "/settings/evidence/" + string(project) + l.query(nil)
}

func (l links) settingsOf(r *catalog.Repository, did string) string {
	return l.base + "/settings/repositories/" + segment(r) + l.query(values("did", did))
}

// write leads to what a form is sent to, which keeps the token itself.
func (l links) write(parts ...string) string {
	address := l.base + "/settings"
	for _, part := range parts {
		address += "/" + part
	}
	return address
}

func (l links) asset(name string) string { return l.base + "/assets/" + name }

func (l links) issue(key behavepro.IssueKey, q url.Values) string {
	return l.base + "/issues/" + url.PathEscape(string(key)) + l.query(q)
}

// toIssue leads from a list to an issue: to the site's own page of it, or to ours.
func (l links) toIssue(key behavepro.IssueKey, q url.Values) string {
	if l.site != "" {
		return l.site + "/browse/" + url.PathEscape(string(key))
	}
	return l.issue(key, q)
}

func (l links) documentation(r *catalog.Repository, q url.Values) string {
	return l.base + "/repositories/" + segment(r) + l.query(q)
}

func (l links) problems(r *catalog.Repository) string {
	return l.base + "/repositories/" + segment(r) + "/problems" + l.query(nil)
}

// steps leads to the steps of a ref; "" is the default branch.
func (l links) steps(r *catalog.Repository, ref string) string {
	return l.base + "/repositories/" + segment(r) + "/steps" + l.query(values("ref", ref))
}

// scenario leads to a scenario at a ref; "" is the default branch.
func (l links) scenario(r *catalog.Repository, lineage behavepro.Lineage, ref string) string {
	return l.base + "/repositories/" + segment(r) + "/scenarios/" + lineage.String() + l.query(values("ref", ref))
}

// attachment leads to the content of an attachment.
func (l links) attachment(r *catalog.Repository, h behavepro.Hash) string {
	return l.base + "/repositories/" + segment(r) + "/attachments/" + h.String() + l.query(nil)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// segment names a repository in a path: by its name where that needs no escaping, which proxies would undo.
func segment(r *catalog.Repository) string {
	if plainName.MatchString(r.Name) {
		return r.Name
	}
	return url.PathEscape(string(r.ID))
}

// values makes a query of pairs; those without a value are left out.
func values(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// readable are characters that need no escaping in a query and are kept for people's eyes.
var readable = strings.NewReplacer("%2F", "/", "%3A", ":", "%40", "@", "%2C", ",")

func (l links) query(q url.Values) string {
	if l.token != "" {
		q = maps.Clone(q)
		if q == nil {
			q = url.Values{}
		}
		q.Set(TokenField, l.token)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + readable.Replace(q.Encode())
}

// webURL returns an address that may be linked to, "" where it is not http or https.
func webURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
