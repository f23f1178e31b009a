package client

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/behavepro/behavepro"
)

// Options say which server to speak to, and how.
type Options struct {
	URL       string // of the server: https://host or, on this machine only, http://host:port
	Token     behavepro.Secret
	RootCAs   *x509.CertPool                        // nil means the system's
	Proxy     func(*http.Request) (*url.URL, error) // for https; nil means none
	UserAgent string
	Patience  time.Duration                           // how long a failing request is repeated; 0 means 2 minutes
	OnRetry   func(cause error, wait time.Duration)   // told before each repetition; may be nil
	FirstWait time.Duration                           // before the first repetition, ±50 %; 0 means half a second
	Transport func(*http.Transport) http.RoundTripper // wraps the transport; nil leaves it
}

// Client speaks to one server. It is safe for use by many goroutines.
type Client struct {
	base *url.URL
	http *http.Client
	opt  Options
}

// maxAnswer bounds an answer that is read into memory.
const maxAnswer = 1 << 30

// New checks the options; a token is refused over plain http to another machine.
func New(opt Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(opt.URL, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "the server's address is not a URL such as https://behave.example.com", "")
	}
	switch {
	case base.Scheme == "http" && !loopback(base.Hostname()):
		return nil, behavepro.Explain(behavepro.ErrRefused,
			"a token is not sent over plain http to another machine", "use https://"+base.Host)
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("the server's address has the scheme %q", base.Scheme), "use https")
	}
	if opt.Patience == 0 {
		opt.Patience = 2 * time.Minute
	}
	if opt.FirstWait == 0 {
		opt.FirstWait = 500 * time.Millisecond
	}
	transport := newTransport(base.Scheme, opt)
	var rt http.RoundTripper = transport
	if opt.Transport != nil {
		rt = opt.Transport(transport)
	}
	return &Client{base: base, opt: opt, http: &http.Client{
		Transport: rt,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a token goes to the server that it was given for
		},
	}}, nil
}

// Close gives idle connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one request that may be repeated.
type call struct {
	method string
	path   []string // segments below /api/v1, escaped here
	query  url.Values
	in     any                                                           // a document, or nil
	body   func(ctx context.Context) (io.ReadCloser, http.Header, error) // instead of in: opened anew for each try
	out    any
	safe   bool // a repetition cannot do the work twice
}

// do sends a call until it is answered, and reads the answer into out.
func (c *Client) do(ctx context.Context, r call) error {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = c.opt.FirstWait, 20*time.Second
	options := []backoff.RetryOption{backoff.WithBackOff(b), backoff.WithMaxElapsedTime(c.opt.Patience)}
	if c.opt.OnRetry != nil {
		options = append(options, backoff.WithNotify(func(err error, wait time.Duration) { c.opt.OnRetry(causeOf(err), wait) }))
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, c.once(ctx, r) }, options...)
	return causeOf(err)
}

// again is an error after which the same request may be sent again.
type again struct {
	err   error
	after *backoff.RetryAfterError
}

func (a *again) Error() string { return a.err.Error() }

func (a *again) Unwrap() []error {
	if a.after == nil {
		return []error{a.err}
	}
	return []error{a.err, a.after}
}

// causeOf is what an error was before it passed through the repetition.
func causeOf(err error) error {
	if a, ok := errors.AsType[*again](err); ok {
		return a.err
	}
	return err
}

// once sends a call once. What it returns is permanent unless it is an *again.
func (c *Client) once(ctx context.Context, r call) error {
	req, err := c.request(ctx, r)
	if err != nil {
		return backoff.Permanent(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return backoff.Permanent(context.Cause(ctx))
		}
		return c.unreached(r, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return backoff.Permanent(behavepro.Explain(behavepro.ErrRefused,
			fmt.Sprintf("%s sends requests on to another address (%d)", c.base.Host, resp.StatusCode), "give the address that it redirects to"))
	}
	if resp.StatusCode >= 400 {
		return answered(r, resp)
	}
	if err := readAnswer(resp, r.out); err != nil {
		if ctx.Err() != nil {
			return backoff.Permanent(context.Cause(ctx))
		}
		return backoff.Permanent(fmt.Errorf("read answer of %s: %w", c.base.Host, err))
	}
	return nil
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	u := *c.base
	escaped := u.EscapedPath() + "/api/v1"
	for _, p := range r.path {
		escaped += "/" + url.PathEscape(p)
	}
	u.RawPath = escaped
	u.Path, _ = url.PathUnescape(escaped) // what was escaped above can be unescaped
	u.RawQuery = r.query.Encode()
	var body io.ReadCloser
	header := http.Header{}
	switch {
	case r.body != nil:
		var err error
		if body, header, err = r.body(ctx); err != nil {
			return nil, err
		}
	case r.in != nil:
		encoded, err := json.Marshal(r.in)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = io.NopCloser(bytes.NewReader(encoded))
		header.Set("Content-Type", "application/json")
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		if body != nil {
			body.Close()
		}
		return nil, fmt.Errorf("make request: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	req.Header.Set("User-Agent", c.opt.UserAgent)
	if !c.opt.Token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.opt.Token.Reveal())
	}
	return req, nil
}

// unreached is the error of a request without an answer. It is repeated where nothing was sent, or nothing can be done
// twice.
func (c *Client) unreached(r call, err error) error {
	if local, ok := errors.AsType[*localError](err); ok {
		return backoff.Permanent(local)
	}
	cause := behavepro.Explain(
		behavepro.ErrUnavailable,
		fmt.Sprintf("cannot reach %s: %v", c.base.Host, plainCause(err)),
		"is the server running?",
	)
	if refused(err) {
		return backoff.Permanent(behavepro.Explain(behavepro.ErrRefused, fmt.Sprintf("%s: %v", c.base.Host, plainCause(err)), ""))
	}
	if r.safe || notSent(err) {
		return &again{err: cause}
	}
	return backoff.Permanent(cause)
}

// answered is the error of an answer. A server that is busy or away is asked again.
func answered(r call, resp *http.Response) error {
	err := readProblem(resp)
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		if !r.safe {
			return backoff.Permanent(err)
		}
	default:
		return backoff.Permanent(err)
	}
	a := &again{err: err}
	if s, perr := strconv.Atoi(resp.Header.Get("Retry-After")); perr == nil && s > 0 {
		a.after = &backoff.RetryAfterError{Duration: min(time.Duration(s)*time.Second, time.Minute)}
	}
	return a
}

// readAnswer reads the one document of an answer.
func readAnswer(resp *http.Response, out any) error {
	if out == nil {
		_, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
		return err
	}
	if to, ok := out.(io.Writer); ok { // what is no document
		_, err := io.Copy(to, resp.Body)
		return err
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		return behavepro.Explain(behavepro.ErrInvalid, "the answer is not JSON", "is this the address of a Behave Pro server?")
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("the answer is not what was expected: %w", err)
	}
	return nil
}
