package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
)

// admin is how commands reach a data folder: through the daemon that runs on it, else directly.
type admin struct {
	*cli.Streams
	given  given
	caFile string
}

func (a *admin) flags(set *pflag.FlagSet) {
	a.given.flags(set, "data", "key")
	set.StringVar(&a.caFile, "ca-file", "", "certificates to trust besides the system's, in PEM, where the server has TLS")
}

// patience is how long a daemon that does not answer is asked again.
const patience = 5 * time.Second

// do calls with a client of the data folder's admin. Whether a daemon runs is told by the folder's lock, not by the address
// that a daemon leaves there: that may be an old one. Where none runs, the daemon's own handlers answer without a network,
// if direct allows that.
func (a *admin) do(ctx context.Context, direct bool, call func(*client.Client) error) error {
	c, err := a.given.load(a.Getenv)
	if err != nil {
		return err
	}
	if _, err := os.Stat(access.AdminFile(c.Data)); errors.Is(err, fs.ErrNotExist) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrNotFound, err), "there is no admin.token in "+c.Data,
			"name the server's data folder with --data; the first `syncd serve` makes it")
	}
	c.Log, c.Now = slog.New(slog.DiscardHandler), a.Now
	app, err := server.Open(ctx, c.Config)
	switch {
	case errors.Is(err, behavepro.ErrConflict):
		return a.throughServer(&c, call)
	case err != nil:
		return err
	}
	if direct {
		err = inProcess(app, call)
	} else {
		err = behavepro.Explain(behavepro.ErrUnavailable, "no server runs on the data folder "+c.Data, "start it: syncd serve --data "+c.Data)
	}
	return errors.Join(err, app.Close())
}

// throughServer asks the server that has the folder's lock.
func (a *admin) throughServer(c *config, call func(*client.Client) error) error {
	address, err := os.ReadFile(server.URLFile(c.Data))
	if errors.Is(err, fs.ErrNotExist) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), "the server is starting or stopping", "try again")
	}
	if err != nil {
		return fmt.Errorf("read the server's address: %w", err)
	}
	token, err := readToken(access.AdminFile(c.Data))
	if err != nil {
		return err
	}
	roots, err := cli.Roots(a.caFile)
	if err != nil {
		return err
	}
	conn, err := client.New(client.Options{
		URL: strings.TrimSpace(
			string(address),
		), Token: token, RootCAs: roots, Proxy: http.ProxyFromEnvironment, UserAgent: userAgent(), Patience: patience,
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	return call(conn)
}

func userAgent() string { return "syncd/" + cli.Version().Version }

// inProcess answers by the handlers of an app that is open in this process.
func inProcess(app *server.App, call func(*client.Client) error) error {
	token, err := readToken(app.AdminFile())
	if err != nil {
		return err
	}
	transport, err := app.LocalTransport()
	if err != nil {
		return err
	}
	conn, err := client.New(client.Options{
		URL: server.LocalURL, Token: token, UserAgent: userAgent(), Patience: patience,
		Transport: func(*http.Transport) http.RoundTripper { return transport },
	})
	if err != nil {
		return err
	}
	return call(conn)
}

func readToken(path string) (behavepro.Secret, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return behavepro.Secret{}, behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrForbidden, err), "the admin token cannot be read: "+path,
			"run this as the user that the server runs as")
	}
	if err != nil {
		return behavepro.Secret{}, fmt.Errorf("read admin token: %w", err)
	}
	return behavepro.NewSecret(strings.TrimSpace(string(text))), nil
}
