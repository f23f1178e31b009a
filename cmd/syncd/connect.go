package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	if _, err := os.Stat(access.AdminFile(c.data)); errors.Is(err, fs.ErrNotExist) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrNotFound, err), "there is no admin.token in "+c.data,
			"name the server's data folder with --data; the first `syncd serve` makes it")
	}
	r, err := openRooms(ctx, options{config: c, log: slog.New(slog.DiscardHandler), now: a.Now})
	switch {
	case errors.Is(err, behavepro.ErrConflict):
		return a.throughDaemon(&c, call)
	case err != nil:
		return err
	}
	if direct {
		err = throughRooms(r, call)
	} else {
		err = behavepro.Explain(behavepro.ErrUnavailable, "no server runs on the data folder "+c.data, "start it: syncd serve --data "+c.data)
	}
	return errors.Join(err, r.close())
}

// throughDaemon asks the daemon that has the folder's lock.
func (a *admin) throughDaemon(c *config, call func(*client.Client) error) error {
	address, err := os.ReadFile(addressFile(c.data))
	if errors.Is(err, fs.ErrNotExist) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), "the server is starting or stopping", "try again")
	}
	if err != nil {
		return fmt.Errorf("read the server's address: %w", err)
	}
	token, err := readToken(access.AdminFile(c.data))
	if err != nil {
		return err
	}
	roots, err := cli.Roots(a.caFile)
	if err != nil {
		return err
	}
	conn, err := client.New(client.Options{
		URL: strings.TrimSpace(string(address)), Token: token, RootCAs: roots, Proxy: http.ProxyFromEnvironment, UserAgent: userAgent(), Patience: patience,
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	return call(conn)
}

func userAgent() string { return "syncd/" + cli.Version().Version }

// throughRooms answers by the handlers of rooms that are open in this process.
func throughRooms(r *rooms, call func(*client.Client) error) error {
	token, err := readToken(r.adminFile)
	if err != nil {
		return err
	}
	here := site{url: "http://localhost", hosts: []string{"localhost"}}
	if err := r.openJira(here); err != nil {
		return err
	}
	door := r.door(here, nil, nil)
	conn, err := client.New(client.Options{
		URL: here.url, Token: token, UserAgent: userAgent(), Patience: patience,
		Transport: func(*http.Transport) http.RoundTripper { return handled{door} },
	})
	if err != nil {
		return err
	}
	return call(conn)
}

// handled is a transport whose server is a handler of this process.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.Host, served.RequestURI = r.URL.Host, r.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(answer, served)
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

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
