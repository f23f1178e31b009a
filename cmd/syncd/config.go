package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/connect"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
	gitsync "github.com/behavepro/behavepro/sync"
)

// config is everything that can be set. Its zero value, completed by defaults, works.
type config struct {
	server.Config
	allowGitHosts []string
	allowPrivate  bool
	insecureHTTP  bool
	logLevel      slog.Level
}

// defaults is the configuration of a start without any.
func defaults(getenv func(string) string) config {
	data := "behavepro-data"
	if home := getenv("XDG_DATA_HOME"); filepath.IsAbs(home) {
		data = filepath.Join(home, "behavepro")
	}
	return config{logLevel: slog.LevelInfo, Config: server.Config{
		Data: data, Listen: "127.0.0.1:8080", Poll: gitsync.DefaultPoll, MaxStored: catalog.MaxStored, Version: cli.Version(),
	}}
}

// setting is one thing that can be set: by --name, by BEHAVEPRO_NAME and in the file of --config.
type setting struct {
	name  string
	value string // what its value is called; "" for one that is true or false
	about string
	list  bool // repeatable; comma-separated in the environment
	set   func(c *config, value string) error
}

// env is the setting's variable.
func (s *setting) env() string {
	return "BEHAVEPRO_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings are all of them, in the order of the help.
var settings = []setting{
	{
		name: "data", value: "DIR",
		about: "folder of everything that is kept (default: $XDG_DATA_HOME/behavepro where that is set, else ./behavepro-data)",
		set:   func(c *config, v string) error { c.Data = v; return notEmpty(v) },
	},
	{
		name: "listen", value: "HOST:PORT", about: "address to listen on; port 0 takes a free one (default: 127.0.0.1:8080)",
		set: func(c *config, v string) error { c.Listen = v; return hostPort(v) },
	},
	{
		name: "public-url", value: "URL",
		about: "address under which people and Git hosts reach the server; needed for any other listener than loopback",
		set:   func(c *config, v string) (err error) { c.PublicURL, err = originURL(v); return err },
	},
	{
		name: "metrics-listen", value: "HOST:PORT",
		about: "address of the Prometheus metrics, or off (default: 127.0.0.1:9090, where that is busy a free port)",
		set: func(c *config, v string) error {
			if c.MetricsListen = v; v == server.MetricsOff {
				return nil
			}
			return hostPort(v)
		},
	},
	{
		name: "local-root", value: "DIR", about: "folder below which repositories may be named by path, with the admin token (default: none)",
		set: func(c *config, v string) (err error) {
			c.LocalRoot, err = filepath.Abs(v)
			return errors.Join(notEmpty(v), err)
		},
	},
	{
		name: "allow-git-host", value: "HOST|CIDR", list: true, about: "Git host that may have a private address; repeatable",
		set: func(c *config, v string) error { c.allowGitHosts = append(c.allowGitHosts, v); return notEmpty(v) },
	},
	{
		name: "allow-private-hosts", about: "allow Git hosts all private addresses but metadata services: for trials",
		set: func(c *config, v string) error { return boolean(&c.allowPrivate, v) },
	},
	{
		name: "git-proxy", value: "URL", about: "proxy for Git over https and for Jira (default: none; proxy variables are ignored)",
		set: func(c *config, v string) (err error) { c.GitProxy, err = proxyURL(v); return err },
	},
	{
		name: "tls-cert", value: "FILE", about: "certificate chain in PEM; read again when it changes",
		set: func(c *config, v string) error { c.TLSCert = v; return notEmpty(v) },
	},
	{
		name: "tls-key", value: "FILE", about: "private key of the certificate in PEM",
		set: func(c *config, v string) error { c.TLSKey = v; return notEmpty(v) },
	},
	{
		name: "trusted-proxy", value: "CIDR", list: true,
		about: "addresses of a proxy that speaks TLS for this server; others are refused; repeatable",
		set:   func(c *config, v string) error { return prefix(&c.TrustedProxies, v) },
	},
	{
		name: "insecure-http", about: "allow plain http on any listener: tokens travel in clear",
		set: func(c *config, v string) error { return boolean(&c.insecureHTTP, v) },
	},
	{
		name: "key", value: "file://PATH", about: "file of the key that opens the data (default: keys/master.key in the data folder)",
		set: func(c *config, v string) (err error) { c.KeyFile, err = keyPath(v); return err },
	},
	{
		name: "poll", value: "TIME", about: "how often a repository is looked at that has no interval of its own (default: 5m)",
		set: func(c *config, v string) error { return interval(&c.Poll, v) },
	},
	{
		name: "max-stored", value: "SIZE", about: "how much one site may store, such as 500GB or 20MB; 0 is no bound (default: 100GB)",
		set: func(c *config, v string) error { return size(&c.MaxStored, v) },
	},
	{
		name: "cli-dir", value: "DIR", about: "folder of the command line tools that the server gives at /cli/ (default: cli beside the program)",
		set: func(c *config, v string) error { c.CLIDir = v; return notEmpty(v) },
	},
	{
		name: "oidc-issuer", value: "URL", list: true,
		about: "CI service whose jobs projects may trust, such as https://token.actions.githubusercontent.com; repeatable",
		set: func(c *config, v string) error {
			c.OIDCIssuers = append(c.OIDCIssuers, v)
			return oidc.CheckIssuer(v)
		},
	},
	{
		name: "jira-site", value: "HOST", list: true,
		about: "Jira site, such as shop.atlassian.net, whose install of the app needs no approval; repeatable",
		set:   func(c *config, v string) error { return jiraHost(&c.JiraSites, v) },
	},
	{
		name: "open-installs", about: "no Jira site needs approval: for a public service",
		set: func(c *config, v string) error { return boolean(&c.OpenInstalls, v) },
	},
	{
		name: "app-key", value: "KEY", about: "key of the app in Jira (default: " + connect.DefaultKey + ")",
		set: func(c *config, v string) error { c.AppKey = v; return connect.CheckKey(v) },
	},
	{
		name: "regional-url", value: "REALM=URL", list: true,
		about: "public URL for Jira sites whose data stays in a realm, such as EU=https://eu.behavepro.example.com; repeatable",
		set:   func(c *config, v string) error { return regionalURL(&c.Regional, v) },
	},
	{
		name: "jira-trial", value: "URL", list: true, about: "a pretended Jira on this machine to try the app in; repeatable (default: none)",
		set: func(c *config, v string) error { return trialURL(&c.MockJiras, v) },
	},
	{
		name: "log-level", value: "LEVEL", about: "debug, info, warn or error (default: info)",
		set: func(c *config, v string) error {
			if c.logLevel.UnmarshalText([]byte(v)) != nil {
				return fmt.Errorf("%q is none of debug, info, warn and error", v)
			}
			return nil
		},
	},
}

func notEmpty(v string) error {
	if v == "" {
		return errors.New("is empty")
	}
	return nil
}

func hostPort(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT", v)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port from 0 to 65535", v)
	}
	return nil
}

// originURL reads the address of a site: scheme and host, nothing else.
func originURL(v string) (*url.URL, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not an address such as https://behavepro.example.com", v)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("has more than scheme, host and port")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

func proxyURL(v string) (*url.URL, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("is not an address such as http://proxy.example.com:3128") // it may hold a password
	}
	return u, nil
}

func keyPath(v string) (string, error) {
	path, ok := strings.CutPrefix(v, "file://")
	if !ok || !filepath.IsAbs(path) {
		return "", fmt.Errorf("%q is not file:// with an absolute path", v)
	}
	return path, nil
}

func boolean(to *bool, v string) (err error) {
	if *to, err = strconv.ParseBool(v); err != nil {
		return fmt.Errorf("%q is neither true nor false", v)
	}
	return nil
}

func prefix(to *[]netip.Prefix, v string) error {
	p, err := netip.ParsePrefix(v)
	if addr, addrErr := netip.ParseAddr(v); addrErr == nil {
		p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if err != nil {
		return fmt.Errorf("%q is neither an IP address nor a CIDR", v)
	}
	*to = append(*to, p.Masked())
	return nil
}

// size reads a number of bytes, with KB, MB, GB or TB.
func size(to *int64, v string) error {
	digits := strings.TrimRight(strings.ToUpper(v), "KMGTB")
	unit, known := map[string]int{"": 0, "B": 0, "KB": 10, "MB": 20, "GB": 30, "TB": 40}[strings.ToUpper(v)[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 || !known {
		return fmt.Errorf("%q is not a size such as 500GB", v)
	}
	*to = n << unit
	return nil
}

// minPoll is the shortest interval that a repository may have.
const minPoll = 10 * time.Second

func interval(to *time.Duration, v string) (err error) {
	if *to, err = time.ParseDuration(v); err != nil {
		return fmt.Errorf("%q is not a time such as 5m", v)
	}
	if *to < minPoll {
		return fmt.Errorf("is shorter than %s", minPoll)
	}
	return nil
}
