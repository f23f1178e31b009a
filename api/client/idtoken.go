package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/behavepro/behavepro"
)

const (
	idTokenTime  = 30 * time.Second // for all tries
	maxIDToken   = 64 << 10
	idTokenTries = 4
)

// GitHubIDToken asks the service that runs a job of GitHub Actions for an ID token: address and key are those of the job's
// environment, the audience is the server that the token is for. Options give certificates and proxy.
func GitHubIDToken(ctx context.Context, opt Options, address string, key behavepro.Secret, audience string) (behavepro.Secret, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return behavepro.Secret{}, behavepro.Explain(behavepro.ErrInvalid, "ACTIONS_ID_TOKEN_REQUEST_URL is no https address", "")
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, idTokenTime)
	defer cancel()
	transport := newTransport(u.Scheme, opt)
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	token, err := backoff.Retry(
		ctx,
		func() (behavepro.Secret, error) { return askIDToken(ctx, c, u, key) },
		backoff.WithMaxTries(idTokenTries),
	)
	if err != nil {
		return behavepro.Secret{}, behavepro.Explain(
			fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
			fmt.Sprintf("GitHub gives no ID token: %v", plainCause(err)),
			"does the job have `permissions: id-token: write`?",
		)
	}
	return token, nil
}

func askIDToken(ctx context.Context, c *http.Client, u *url.URL, key behavepro.Secret) (behavepro.Secret, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return behavepro.Secret{}, backoff.Permanent(err)
	}
	req.Header.Set("Authorization", "Bearer "+key.Reveal())
	req.Header.Set("Accept", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		return behavepro.Secret{}, plainCause(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		err := fmt.Errorf("%s answers %d", u.Host, resp.StatusCode)
		if resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests {
			return behavepro.Secret{}, backoff.Permanent(err)
		}
		return behavepro.Secret{}, err
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxIDToken)).Decode(&answer); err != nil || answer.Value == "" {
		return behavepro.Secret{}, backoff.Permanent(fmt.Errorf("%s answers without a token", u.Host))
	}
	return behavepro.NewSecret(answer.Value), nil
}
