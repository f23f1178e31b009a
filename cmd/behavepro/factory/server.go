package factory

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// serverFlags say which server to speak to.
type serverFlags struct {
	url, tokenFile, data, caFile string
}

// AddFlags adds the flags of all commands: which server, which token, and --json.
func (f *Factory) AddFlags(flags *pflag.FlagSet) {
	s := &f.server
	flags.StringVar(&s.url, "url", "", "address of the server (BEHAVEPRO_URL)")
	flags.StringVar(&s.tokenFile, "token-file", "",
		"file that holds the token, - for stdin (BEHAVEPRO_TOKEN_FILE; or the token in BEHAVEPRO_TOKEN)")
	flags.StringVar(&s.data, "data", "", "data folder of a server on this machine: gives address and admin token")
	flags.StringVar(&s.caFile, "ca-file", "", "certificates to trust besides the system's, in PEM")
	f.AddJSONFlag(flags)
}

// How long a request is repeated: a person soon learns that the server is away, CI rides over its restart.
const (
	Retry     = 10 * time.Second
	RetryLong = 3 * time.Minute
)

// Client opens a connection to the server that flags and environment name.
func (f *Factory) Client() (*client.Client, error) { return f.ClientFor(Retry) }

// ClientFor opens a connection that repeats a request so long while the server is away.
func (f *Factory) ClientFor(retry time.Duration) (*client.Client, error) {
	if _, err := f.address(); err != nil {
		return nil, err
	}
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	return f.clientWith(token, retry)
}

func (f *Factory) clientWith(token behavepro.Secret, retry time.Duration) (*client.Client, error) {
	address, err := f.address()
	if err != nil {
		return nil, err
	}
	roots, err := cli.Roots(f.server.caFile)
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Options{
		URL: address, Token: token, RootCAs: roots, Proxy: f.proxy(), UserAgent: "behavepro/" + cli.Version().Version, Patience: retry,
		OnRetry: func(cause error, wait time.Duration) {
			f.Note("%v; trying again in %s", cause, wait.Round(100*time.Millisecond))
		},
	})
	if err != nil {
		return nil, cli.UsageError(err)
	}
	return c, nil
}

func (f *Factory) address() (string, error) {
	if f.server.url != "" {
		return f.server.url, nil
	}
	if f.server.data != "" {
		text, err := os.ReadFile(filepath.Join(f.server.data, "address"))
		if err != nil {
			return "", behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
				"no server runs on the data folder "+f.server.data, "start it: syncd serve --data "+f.server.data)
		}
		address := strings.TrimSpace(string(text))
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		return address, nil
	}
	if address := f.Getenv("BEHAVEPRO_URL"); address != "" {
		return address, nil
	}
	return "", cli.Usagef("no server is named: use --url, BEHAVEPRO_URL or --data")
}

// token finds the token: flag, then environment, then the data folder. --data alone beats the environment.
func (f *Factory) token() (behavepro.Secret, error) {
	file := f.server.tokenFile
	switch {
	case file != "":
	case f.server.data != "":
		file = filepath.Join(f.server.data, "admin.token")
	case f.Getenv("BEHAVEPRO_TOKEN") != "":
		return behavepro.NewSecret(strings.TrimSpace(f.Getenv("BEHAVEPRO_TOKEN"))), nil
	case f.Getenv("BEHAVEPRO_TOKEN_FILE") != "":
		file = f.Getenv("BEHAVEPRO_TOKEN_FILE")
	default:
		return behavepro.Secret{}, behavepro.Explain(behavepro.ErrUnauthenticated, "no token is given",
			"use --token-file, BEHAVEPRO_TOKEN_FILE, BEHAVEPRO_TOKEN or --data")
	}
	return f.SecretFile(file, "token")
}

// TokenOnStdin reports whether the token is read from stdin.
func (f *Factory) TokenOnStdin() bool { return f.server.tokenFile == "-" }

// maxSecret bounds a file that holds a secret.
const maxSecret = 64 << 10

// SecretFile reads a secret from a file, or from stdin for "-". Line ends around it do not count.
func (f *Factory) SecretFile(name, what string) (behavepro.Secret, error) {
	text, err := f.ReadFile(name)
	if err != nil {
		return behavepro.Secret{}, cli.Usagef("read %s: %w", what, err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return behavepro.Secret{}, cli.Usagef("read %s: %s is empty", what, name)
	}
	return behavepro.NewSecret(secret), nil
}

// ReadFile reads a small file, or stdin for "-".
func (f *Factory) ReadFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(f.In, maxSecret))
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSecret))
}

// proxy follows HTTPS_PROXY and NO_PROXY.
func (f *Factory) proxy() func(*http.Request) (*url.URL, error) { return http.ProxyFromEnvironment }
