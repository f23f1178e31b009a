package connect

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
)

// callFor is how long a token of ours is valid in Jira, which takes no longer one.
const callFor = 3 * time.Minute

// Transport signs requests to the install's site as the app, and sends none to another address. A request whose context says
// jira.Anonymous goes unsigned. base nil is http.DefaultTransport.
func (a *App) Transport(install *Install, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	i := *install
	return &signer{app: a, install: i, base: base}
}

type signer struct {
	app     *App
	install Install
	base    http.RoundTripper
}

func (s *signer) RoundTrip(r *http.Request) (*http.Response, error) {
	signed, err := s.sign(r)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // a RoundTripper always closes it
		}
		return nil, err
	}
	return s.base.RoundTrip(signed)
}

func (s *signer) sign(r *http.Request) (*http.Request, error) {
	origin, ok := originOf((&url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}).String(), true)
	if !ok || origin != s.install.BaseURL || r.URL.User != nil {
		return nil, behavepro.Explain(behavepro.ErrRefused, r.URL.Host+" is not the site that installed the app", "")
	}
	signed := r.Clone(r.Context())
	signed.Header.Del("Authorization")
	if jira.IsAnonymous(r.Context()) {
		return signed, nil
	}
	if s.install.Secret.IsZero() {
		return nil, behavepro.Explain(behavepro.ErrGone, s.install.Host()+" does not have the app", "install it in Jira again")
	}
	now := s.app.opt.Now()
	token, err := sign(&wireClaims{
		Iss: s.app.opt.Key, Iat: &moment{now}, Exp: &moment{now.Add(callFor)}, QSH: QueryStringHash(r.Method, r.URL, ""),
	}, []byte(s.install.Secret.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", r.URL.Host, err)
	}
	signed.Header.Set("Authorization", "JWT "+token)
	return signed, nil
}
