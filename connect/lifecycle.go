package connect

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/golang-jwt/jwt/v5"
)

// event is the body of a lifecycle call. Fields that are not used are not read.
type event struct {
	Key            string `json:"key"`
	ClientKey      string `json:"clientKey"`
	SharedSecret   string `json:"sharedSecret"`
	BaseURL        string `json:"baseUrl"`
	DisplayURL     string `json:"displayUrl"`
	ProductType    string `json:"productType"`
	EventType      string `json:"eventType"`
	OAuthClientID  string `json:"oauthClientId"`
	InstallationID string `json:"installationId"`
}

const (
	minSecret = 8 // characters; those of Jira have 64 and more
	maxField  = 4096
)

// readEvent reads a lifecycle call's body, which is JSON of at most 1 MB.
func readEvent(r *http.Request, kind string) (event, error) {
	var e event
	body, err := readBody(r)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, refuse(MalformedBody, "%v", err)
	}
	switch {
	case e.EventType != kind:
		return e, refuse(MalformedBody, "the event is not %s", kind)
	case e.ClientKey == "" || len(e.ClientKey) > maxClientKey:
		return e, refuse(MalformedBody, "no client key, or one of %d bytes", len(e.ClientKey))
	case len(e.SharedSecret) > maxField || len(e.OAuthClientID) > maxField || len(e.InstallationID) > maxField ||
		len(e.ProductType) > maxField:
		return e, refuse(MalformedBody, "a field of more than %d bytes", maxField)
	}
	return e, nil
}

// asymmetric checks an installed or uninstalled call, which Atlassian signs with a key of its own: what costs nothing first, then
// the key. The token comes in the header only. Nothing in the body is believed that does not agree with it.
func (a *App) asymmetric(r *http.Request, e *event) (*unverified, error) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "JWT") || strings.TrimSpace(token) == "" {
		return nil, refuse(MissingJWT, "a lifecycle call carries its token in the header")
	}
	if len(tokens(r.URL.RawQuery)) > 0 {
		return nil, refuse(AmbiguousJWT, "one in the query, too")
	}
	u, err := parse(strings.TrimSpace(token), jwt.SigningMethodRS256)
	if err != nil {
		return nil, err
	}
	switch {
	case u.wire.Iss == "" || u.wire.Iss != e.ClientKey:
		return nil, refuse(WrongIssuer, "not the client key of the body")
	case !slices.ContainsFunc(u.wire.Aud, a.isOurs):
		return nil, refuse(WrongAudience, "it is meant for %.300q", []string(u.wire.Aud))
	case u.wire.Iat == nil:
		return nil, refuse(MissingIat, "")
	case e.Key != a.opt.Key:
		return nil, refuse(WrongAudience, "the app %.100q", e.Key)
	}
	if err := u.timely(a.opt.Now()); err != nil {
		return nil, err
	}
	if err := u.bound(QueryStringHash(r.Method, r.URL, a.opt.Path)); err != nil {
		return nil, err
	}
	key, err := a.keys.key(r.Context(), u.kid)
	if err != nil {
		return nil, err
	}
	return u, u.verify(jwt.SigningMethodRS256, key)
}

func (a *App) isOurs(audience string) bool {
	return slices.Contains(a.bases, strings.TrimSuffix(audience, "/"))
}

// installed answers the call that Jira waits for. Verification comes before any write.
func (a *App) installed(w http.ResponseWriter, r *http.Request) error {
	e, err := readEvent(r, "installed")
	if err != nil {
		return err
	}
	u, err := a.asymmetric(r, &e)
	if err != nil {
		return err
	}
	wish, err := a.wish(&e, u)
	if err != nil {
		return err
	}
	i, err := a.opt.Installs.Put(r.Context(), a.opt.Now(), wish, func(i *Install) error { return a.welcome(r.Context(), i) })
	if err != nil {
		return err
	}
	a.forget(i.ClientKey)
	a.opt.Logger.Info("jira site installed the app", "tenant", string(i.Tenant), "host", i.Host(), "state", string(i.State))
	if i.State == Approved {
		if err := a.retireOthers(r.Context(), &i); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) wish(e *event, u *unverified) (Wish, error) {
	base, err := siteURL(e.BaseURL, a.opt.ExtraSites)
	if err != nil {
		return Wish{}, err
	}
	if len(e.SharedSecret) < minSecret {
		return Wish{}, refuse(MalformedBody, "a shared secret of %d characters", len(e.SharedSecret))
	}
	return Wish{
		ClientKey: e.ClientKey, BaseURL: base, DisplayURL: displayURL(e.DisplayURL, base, a.opt.ExtraSites),
		Secret: behavepro.NewSecret(e.SharedSecret), InstallationID: e.InstallationID, OAuthClientID: e.OAuthClientID, Product: e.ProductType,
		Issued: u.wire.Iat.Time, Approved: a.opt.Open || slices.Contains(a.opt.Sites, hostOf(base)),
	}, nil
}

// welcome makes the tenant of an approved install; one that waits gets none.
func (a *App) welcome(ctx context.Context, i *Install) error {
	if i.State != Approved {
		return nil
	}
	return a.opt.OnInstalled(ctx, *i)
}

// retireOthers ends the installs that a site had before, under other client keys: Jira tells of none that an import removed.
func (a *App) retireOthers(ctx context.Context, i *Install) error {
	all, err := a.opt.Installs.List(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, other := range all {
		if other.ClientKey == i.ClientKey || other.BaseURL != i.BaseURL || !other.Lives() {
			continue
		}
		gone, err := a.opt.Installs.Retire(ctx, a.opt.Now(), other.ClientKey)
		if err == nil {
			a.forget(gone.ClientKey)
			a.opt.Logger.Info(
				"jira site came back as another install",
				"tenant",
				string(gone.Tenant),
				"host",
				gone.Host(),
				"new_tenant",
				string(i.Tenant),
			)
			err = a.opt.OnUninstalled(ctx, gone)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Approve lets a site in that waits.
func (a *App) Approve(ctx context.Context, clientKey string) (Install, error) {
	i, err := a.opt.Installs.Approve(ctx, a.opt.Now(), clientKey, func(i *Install) error { return a.welcome(ctx, i) })
	if err != nil {
		return Install{}, err
	}
	a.opt.Logger.Info("jira site approved", "tenant", string(i.Tenant), "host", i.Host())
	return i, a.retireOthers(ctx, &i)
}

// uninstalled takes the secret from an install and leaves everything else. It answers calls about unknown installs, too: to
// be told again is fine.
func (a *App) uninstalled(w http.ResponseWriter, r *http.Request) error {
	e, err := readEvent(r, "uninstalled")
	if err != nil {
		return err
	}
	u, err := a.asymmetric(r, &e)
	if err != nil {
		return err
	}
	i, err := a.opt.Installs.Uninstalled(r.Context(), a.opt.Now(), e.ClientKey, u.wire.Iat.Time)
	switch {
	case errors.Is(err, behavepro.ErrNotFound):
	case err != nil:
		return err
	default:
		a.forget(i.ClientKey)
		a.opt.Logger.Info("jira site uninstalled the app", "tenant", string(i.Tenant), "host", i.Host())
		if err := a.opt.OnUninstalled(r.Context(), i); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// toggled takes note of enabled and disabled, which block nobody: Jira itself shows no panel of a disabled app.
func (a *App) toggled(w http.ResponseWriter, r *http.Request) error {
	i, _, err := a.symmetric(r, URLBound)
	if err != nil {
		return err
	}
	var e event
	body, err := readBody(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return refuse(MalformedBody, "%v", err)
	}
	if e.ClientKey != i.ClientKey {
		return refuse(WrongIssuer, "not the client key of the body")
	}
	a.opt.Logger.Info("jira site toggled the app", "tenant", string(i.Tenant), "event", clip(e.EventType, 20))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func clip(text string, n int) string {
	if len(text) > n {
		return text[:n]
	}
	return text
}
