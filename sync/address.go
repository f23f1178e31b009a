package sync

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
)

// Address is where a repository is, without any secret.
type Address struct {
	Scheme string // https, http, ssh or file
	User   string // ssh only
	Host   string // with a port where it is not the scheme's
	Path   string
}

var scpLike = regexp.MustCompile(`^(?:([A-Za-z0-9_.-]+)@)?([A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\]):([^\\].*)$`)

// ParseAddress reads the URL of a repository: https://host/path, ssh://user@host/path, user@host:path, file:///path or an absolute
// path. A user and password in an https URL are returned apart, to become the credential.
func ParseAddress(raw string) (a Address, user string, password behavepro.Secret, err error) {
	invalid := func(why string) (Address, string, behavepro.Secret, error) {
		return Address{}, "", behavepro.Secret{}, behavepro.Explain(behavepro.ErrInvalid, "repository address: "+why,
			"use https://host/path, ssh://git@host/path, git@host:path or an absolute path")
	}
	switch {
	case raw == "" || strings.ContainsAny(raw, "\x00\n\r"):
		return invalid("empty or with control characters")
	case filepath.IsAbs(raw):
		return Address{Scheme: "file", Path: filepath.Clean(raw)}, "", password, nil
	case !strings.Contains(raw, "://"):
		m := scpLike.FindStringSubmatch(raw)
		if m == nil {
			return invalid("neither a URL nor an absolute path")
		}
		user := m[1]
		if user == "" {
			user = "git"
		}
		if m[3] == "/" {
			return invalid("a host and a path are needed")
		}
		return Address{Scheme: "ssh", User: user, Host: strings.ToLower(m[2]), Path: m[3]}, "", password, nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return invalid("not a URL") // the error would quote it, with its password
	}
	a = Address{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(u.Host), Path: u.Path}
	switch a.Scheme {
	case "https", "http":
		if u.User != nil {
			user = u.User.Username()
			p, _ := u.User.Password()
			password = behavepro.NewSecret(p)
		}
		a.Path = strings.TrimRight(u.EscapedPath(), "/")
	case "ssh":
		if a.User = u.User.Username(); a.User == "" {
			a.User = "git"
		}
	case "file":
		if a.Host != "" && a.Host != "localhost" {
			return invalid("a file URL of another host")
		}
		a.Host, a.Path = "", filepath.Clean(u.Path)
	default:
		return invalid(fmt.Sprintf("scheme %q is not supported", a.Scheme))
	}
	if a.Scheme != "file" && a.Host == "" || a.Path == "" || a.Path == "/" || u.RawQuery != "" || u.Fragment != "" {
		return invalid("a host and a path are needed, and nothing after the path")
	}
	if strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(a.User, "-") || strings.HasPrefix(a.Path, "-") {
		return invalid("begins with a dash")
	}
	return a, user, password, nil
}

// String is the address as a URL.
func (a Address) String() string {
	switch a.Scheme {
	case "file":
		return a.Path
	case "ssh":
		if !strings.HasPrefix(a.Path, "/") {
			return a.User + "@" + a.Host + ":" + a.Path
		}
		return (&url.URL{Scheme: "ssh", User: url.User(a.User), Host: a.Host, Path: a.Path}).String()
	}
	return a.Scheme + "://" + a.Host + a.Path
}

// server is who answers, for people.
func (a Address) server() string {
	if a.Scheme == "file" {
		return a.Path
	}
	return a.Host
}

// port returns host and port to connect to.
func (a Address) port(byDefault int) (host, port string) {
	u := url.URL{Host: a.Host}
	if host, port = u.Hostname(), u.Port(); port == "" {
		port = strconv.Itoa(byDefault)
	}
	return host, port
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9._/-]+`)

// SuggestName is the name of a repository for people: the last two parts of its path, without .git.
func (a Address) SuggestName() string {
	parts := strings.Split(strings.Trim(strings.TrimSuffix(strings.TrimRight(a.Path, "/"), ".git"), "/"), "/")
	if a.Scheme == "file" {
		parts = parts[len(parts)-1:]
	}
	name := strings.Join(parts[max(0, len(parts)-2):], "/")
	return strings.Trim(notInName.ReplaceAllString(name, "-"), "-./")
}
