package pages

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro"
)

// origin leads to a line of a file at a commit on the Git host.
type origin struct{ Host, Link string }

// originForms are the addresses of a line, by Git host: %s stand for commit and path.
var originForms = map[string]struct{ file, line string }{
	"github.com":    {"/blob/%s/%s", "#L"},
	"gitlab.com":    {"/-/blob/%s/%s", "#L"},
	"bitbucket.org": {"/src/%s/%s", "#lines-"},
}

// originOfFile knows the public hosts by name, and GitLab where a host is named after it; others have forms that nobody can guess.
func originOfFile(repository string, at behavepro.SHA, path string, line int) origin {
	u, err := url.Parse(repository)
	if err != nil || u.Scheme != "https" && u.Scheme != "ssh" || u.Hostname() == "" {
		return origin{}
	}
	host := strings.ToLower(u.Hostname())
	form, ok := originForms[host]
	if !ok && strings.HasPrefix(host, "gitlab.") && (u.Scheme == "ssh" || u.Port() == "") {
		form, ok = originForms["gitlab.com"], true
	}
	name := strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	if !ok || name == "" {
		return origin{}
	}
	page := url.URL{Scheme: "https", Host: host, Path: "/" + name + fmt.Sprintf(form.file, at, path)}
	return origin{host, page.String() + fmt.Sprintf("%s%d", form.line, line)}
}
