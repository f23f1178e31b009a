package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 16 << 20

// maxRedirects is how many redirects of a GET are followed.
const maxRedirects = 5

// Client calls one site. It is safe for concurrent use. Its errors are of the kinds ErrUnavailable (down, busy after all tries,
// renamed), ErrUnauthenticated, ErrForbidden, ErrNotFound, ErrGone, ErrInvalid and ErrLimit; RetryAt tells when to come back.
type Client struct {
	base    *url.URL
	wrong   error // of the site's address
	http    *http.Client
	opt     Options
	pauses  pauses
	breaker breaker
	asked   asked
	sprint  sprintField
}

// New makes a client of a site. With an address that is none every call is ErrInvalid.
func New(site Site, opt Options) *Client {
	c := &Client{opt: opt.withDefaults()}
	c.base, c.wrong = url.Parse(strings.TrimSuffix(site.BaseURL, "/"))
	if c.wrong != nil || c.base.Host == "" || c.base.Scheme != "https" && c.base.Scheme != "http" {
		c.wrong = fmt.Errorf("%q is no address of a Jira site: %w", site.BaseURL, behavepro.ErrInvalid)
	}
	c.http = &http.Client{Transport: site.HTTP, CheckRedirect: sameSite}
	c.asked.init(c.opt.Budget)
	return c
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Budget <= 0 {
		o.Budget = 600
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// sameSite follows redirects of a GET inside the site; any other is the answer itself.
func sameSite(req *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || len(via) > maxRedirects || req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// call is one request, which may be tried several times: every one is safe to repeat.
type call struct {
	method string
	path   string // escaped, from the site's root
	query  url.Values
	body   any    // nil for none
	name   string // of the endpoint; a burst limit is one endpoint's
	issue  int64  // that is written
	into   any    // where the answer goes; nil for none
	header http.Header
}

func (c *Client) do(ctx context.Context, r *call) error {
	if c.wrong != nil {
		return c.wrong
	}
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return fmt.Errorf("ask Jira: encode: %w: %w", behavepro.ErrInvalid, err)
		}
	}
	for try := 1; ; try++ {
		err := c.attempt(ctx, r, body)
		var failed *failure
		if err == nil || !errors.As(err, &failed) || !failed.again {
			return err
		}
		if try == maxTries {
			return err
		}
		own := *failed // those who waited for one token share its failure
		if !c.backOff(ctx, r, try, &own) {
			if err == error(failed) {
				err = &own // which says until when
			}
			return err
		}
	}
}

// attempt asks once, if pauses and the breaker let it.
func (c *Client) attempt(ctx context.Context, r *call, body []byte) error {
	if err := c.waitForPause(ctx, r); err != nil {
		return err
	}
	done, err := c.breaker.enter(c.opt.Now(), c.base.Host)
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, r, body)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) || ours(err) { // says nothing of the site
			done(unclear, c.opt.Now())
		} else {
			done(failing, c.opt.Now())
		}
		if ctx.Err() != nil {
			return fmt.Errorf("ask Jira: %w: %w", behavepro.ErrUnavailable, context.Cause(ctx))
		}
		return c.unreachable(err)
	}
	if answer.status >= 500 {
		done(failing, c.opt.Now())
	} else {
		done(working, c.opt.Now())
	}
	if answer.status == http.StatusTooManyRequests {
		c.pauses.note(r, answer.header, c.opt.Now())
	}
	if err := c.judge(r, answer); err != nil {
		return err
	}
	r.header = answer.header
	return answer.decode(c.base.Host, r.into)
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *Client) send(ctx context.Context, r *call, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	target := c.base.String() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, reader)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	return &answer{res.StatusCode, res.Header, got}, err
}

func (a *answer) decode(host string, into any) error {
	if len(a.body) > maxAnswer {
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("the answer of Jira at %s is larger than %d MB", host, maxAnswer>>20), "")
	}
	if into == nil || a.status == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return &behavepro.Problem{
			Msg:  fmt.Sprintf("Jira at %s answered with something that is not its API's", host),
			Hint: "is the address that of a Jira Cloud site, and is no proxy in between?",
			Err:  fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
		}
	}
	return nil
}
