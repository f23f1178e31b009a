package client

import (
	"net/url"
	"path"
	"strings"
)

// Place is where a Git address points, host and path, without scheme, user, password, port and .git, so that the https and
// the ssh address of a repository are equal. It is "" for what is no address.
func Place(address string) string {
	host, p := "", address
	if u, err := url.Parse(address); err == nil && u.Scheme != "" && strings.Contains(address, "://") {
		if u.Scheme != "file" {
			host = u.Hostname()
		}
		p = u.Path
	} else if strings.Contains(address, "://") {
		return ""
	} else if at, rest, ok := strings.Cut(address, ":"); ok && !strings.Contains(at, "/") { // user@host:path
		host, p = at[strings.LastIndex(at, "@")+1:], rest
	}
	p = strings.TrimSuffix(strings.Trim(path.Clean("/"+p), "/"), ".git")
	if p == "" {
		return ""
	}
	return strings.ToLower(host) + "/" + p
}

// WithoutSecrets is a Git address without user and password; "" where it cannot be read for certain.
func WithoutSecrets(address string) string {
	if !strings.Contains(address, "://") {
		return address // a path or user@host:path, which holds no password
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Opaque != "" || u.Host == "" && u.Scheme != "file" {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
