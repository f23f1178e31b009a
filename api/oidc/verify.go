package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
)

const (
	maxToken = 16 << 10
	leeway   = time.Minute    // that clocks may differ
	longest  = 24 * time.Hour // that a token may be valid for; GitLab's last as long as their job may
)

// Options are what a Verifier is made of.
type Options struct {
	Issuers  []string // letter by letter as tokens name them
	Audience string   // this server's address: the audience of the tenant local; others have /TENANT behind it
	Client   *http.Client
}

// Verifier checks ID tokens. It is safe for concurrent use.
type Verifier struct {
	issuers  map[string]*issuer
	audience string
}

// New makes a verifier. The client decides which addresses are reached; redirects are not followed.
func New(o Options) *Verifier {
	v := &Verifier{issuers: map[string]*issuer{}, audience: Audience(o.Audience, behavepro.Local)}
	own := http.Client{
		Transport:     o.Client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, address := range o.Issuers {
		v.issuers[address] = &issuer{url: address, client: &own}
	}
	return v
}

// Looks reports whether a credential looks like an ID token and not like a token of ours.
func Looks(text string) bool { return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2 }

// claims are what services say of a job. GitHub's and GitLab's names stand beside each other; none says both.
type claims struct {
	jwt.RegisteredClaims
	// GitHub Actions
	RepositoryID string `json:"repository_id"`
	OwnerID      string `json:"repository_owner_id"`
	Repository   string `json:"repository"`
	Event        string `json:"event_name"`
	// GitLab CI
	ProjectID   string `json:"project_id"`
	NamespaceID string `json:"namespace_id"`
	ProjectPath string `json:"project_path"`
	Source      string `json:"pipeline_source"`
	RefType     string `json:"ref_type"`
	RefPath     string `json:"ref_path"`
	// both
	Ref string `json:"ref"`
	SHA string `json:"sha"`
}

// Verify checks a token and tells the job that it speaks for, and the tenant that it is meant for. What is wrong with it is
// ErrUnauthenticated; that an issuer cannot be asked for its keys is ErrUnavailable.
func (v *Verifier) Verify(ctx context.Context, text string, now time.Time) (*access.Job, behavepro.TenantID, error) {
	if len(text) > maxToken {
		return nil, "", refuse(fmt.Errorf("it has %d bytes", len(text)))
	}
	c, at, err := v.peek(text)
	if err != nil {
		return nil, "", refuse(err)
	}
	tenant, audience, err := v.tenantOf(c.Audience)
	if err != nil {
		return nil, "", refuse(err)
	}
	var told claims
	parser := jwt.NewParser(
		jwt.WithValidMethods(
			[]string{jwt.SigningMethodRS256.Alg()},
		),
		jwt.WithIssuer(at.url),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithStrictDecoding(),
	)
	if _, err := parser.ParseWithClaims(text, &told, func(t *jwt.Token) (any, error) { return at.key(ctx, t, now) }); err != nil {
		if errors.Is(err, behavepro.ErrUnavailable) {
			return nil, "", err
		}
		return nil, "", refuse(err)
	}
	job, err := told.job()
	if err != nil {
		return nil, "", refuse(err)
	}
	return job, tenant, nil
}

// peek reads a token without believing it: which issuer's keys are to be asked, and which audience is to be compared.
func (v *Verifier) peek(text string) (*claims, *issuer, error) {
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(text, &c); err != nil {
		return nil, nil, err
	}
	at := v.issuers[c.Issuer]
	if at == nil {
		return nil, nil, errors.New("its issuer is not trusted by this server; the operator lists issuers with --oidc-issuer")
	}
	return &c, at, nil
}

// Audience is what ID tokens for a tenant of the server at an address are for.
func Audience(address string, tenant behavepro.TenantID) string {
	address = strings.TrimRight(address, "/")
	if tenant == behavepro.Local {
		return address
	}
	return address + "/" + string(tenant)
}

// tenantOf reads the tenant from the one audience.
func (v *Verifier) tenantOf(audiences []string) (behavepro.TenantID, string, error) {
	if len(audiences) == 1 {
		if audiences[0] == v.audience {
			return behavepro.Local, v.audience, nil
		}
		if tenant, ok := strings.CutPrefix(audiences[0], v.audience+"/"); ok && tenant != "" && !strings.Contains(tenant, "/") {
			return behavepro.TenantID(tenant), audiences[0], nil
		}
	}
	return "", "", fmt.Errorf("its audience is not %s", v.audience)
}

// job reads the job from claims that were checked.
func (c *claims) job() (*access.Job, error) {
	if c.IssuedAt == nil || c.ExpiresAt.Sub(c.IssuedAt.Time) > longest {
		return nil, fmt.Errorf("it does not say when it was made, or is valid for more than %s", longest)
	}
	j := &access.Job{
		CIJob:        behavepro.CIJob{Issuer: c.Issuer, Subject: c.Subject, Ref: c.Ref, Event: c.Event},
		RepositoryID: c.RepositoryID, OwnerID: c.OwnerID, Repository: c.Repository,
	}
	if c.ProjectID != "" {
		j.RepositoryID, j.OwnerID, j.Repository, j.Event, j.Ref = c.ProjectID, c.NamespaceID, c.ProjectPath, c.Source, c.gitlabRef()
	}
	var err error
	if j.Commit, err = behavepro.ParseSHA(c.SHA); err != nil {
		return nil, fmt.Errorf("it names no commit: %w", err)
	}
	switch {
	case c.ProjectID != "" && c.RepositoryID != "":
		return nil, errors.New("it speaks for two services at once")
	case j.RepositoryID == "" || j.OwnerID == "" || j.Subject == "" || j.Ref == "" || j.Event == "":
		return nil, errors.New("it lacks repository, owner, subject, ref or event: it is no token of a job of GitHub Actions or GitLab CI")
	case j.Event == "pull_request_target":
		return nil, errors.New("it is of pull_request_target, which runs with the repository's rights on what strangers wrote")
	}
	return j, nil
}

// gitlabRef is the full name of a ref; older servers tell its kind and its short name.
func (c *claims) gitlabRef() string {
	kind := map[string]string{"branch": "refs/heads/", "tag": "refs/tags/"}[c.RefType]
	switch {
	case c.RefPath != "":
		return c.RefPath
	case kind == "":
		return ""
	}
	return kind + c.Ref
}

// refuse tells a caller what is wrong with a token that is the caller's own.
func refuse(err error) error {
	return behavepro.Explain(
		fmt.Errorf("%w: %w", behavepro.ErrUnauthenticated, err),
		"the ID token is not accepted: "+reason(err),
		"docs/ci.md tells how a job is trusted",
	)
}

// reason is an error's text without what it holds twice.
func reason(err error) string {
	return strings.ReplaceAll(strings.ReplaceAll(err.Error(), "token is unverifiable: ", ""), "token has invalid claims: ", "")
}
