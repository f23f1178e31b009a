package server

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/outbound"
)

// Config is what a server is made of. Data and Log are required.
type Config struct {
	Data           string   // the data folder
	Listen         string   // HOST:PORT
	PublicURL      *url.URL // scheme and host under which people and Git hosts reach the server; nil: the listener's own
	MetricsListen  string   // HOST:PORT, MetricsOff, or "" for the usual address or, if that is busy, a free port
	LocalRoot      string   // folder below which repositories may be named by path; "" refuses paths
	TLSCert        string   // file of a certificate chain in PEM; "" serves plain http
	TLSKey         string   // file of its private key in PEM
	TrustedProxies []netip.Prefix
	KeyFile        string // of the key that opens the data; "" is the data folder's own
	Poll           time.Duration
	MaxStored      int64             // bytes of a tenant; 0 is no bound
	JiraSites      []string          // hosts of Jira sites whose install needs no approval
	OpenInstalls   bool              // no install needs approval
	AppKey         string            // key of the app in Jira; "" is connect.DefaultKey
	Regional       map[string]string // public URLs by realms of Jira's data residency, such as EU
	MockJiras      []string          // URLs of mock Jiras on this machine
	OIDCIssuers    []string          // URLs of CI services whose ID tokens are accepted
	CLIDir         string            // folder of the command-line tools to download; "" is cli beside the program
	GitProxy       *url.URL
	Outbound       outbound.Policy // for Git hosts
	Version        client.Version
	Log            *slog.Logger
	Now            func() time.Time // nil is time.Now
}

// TLS reports whether the listener speaks TLS.
func (c *Config) TLS() bool { return c.TLSCert != "" }

// ServesJira reports whether the app for Jira is served.
func (c *Config) ServesJira() bool {
	return len(c.MockJiras) > 0 || c.PublicURL != nil && c.PublicURL.Scheme == "https"
}

// MetricsOff as Config.MetricsListen turns the metrics off; defaultMetrics is the usual address.
const (
	MetricsOff     = "off"
	defaultMetrics = "127.0.0.1:9090"
)
