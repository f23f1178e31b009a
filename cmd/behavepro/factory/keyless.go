package factory

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// JobClient opens a connection for what CI jobs do. Where no API token is given, the job's own ID token takes its place:
// BEHAVEPRO_ID_TOKEN (GitLab's id_tokens fill it), or the one that GitHub Actions gives to a job that may ask. keyless reports whether
// it did.
func (f *Factory) JobClient(ctx context.Context, retry time.Duration) (c *client.Client, keyless bool, err error) {
	if f.tokenGiven() {
		c, err = f.ClientFor(retry)
		return c, false, err
	}
	token, err := f.idToken(ctx)
	if err != nil {
		return nil, false, err
	}
	if token.IsZero() {
		c, err = f.ClientFor(retry) // which says what is missing
		return c, false, err
	}
	c, err = f.clientWith(token, retry)
	return c, true, err
}

// NoteKeyless says that JobClient used an ID token.
const NoteKeyless = "no API token is given; the ID token of this CI job is used"

func (f *Factory) tokenGiven() bool {
	return cmp.Or(f.server.tokenFile, f.server.data, f.Getenv("BEHAVEPRO_TOKEN"), f.Getenv("BEHAVEPRO_TOKEN_FILE")) != ""
}

// idToken finds the job's ID token; none where the environment offers none.
func (f *Factory) idToken(ctx context.Context) (behavepro.Secret, error) {
	if token := strings.TrimSpace(f.Getenv("BEHAVEPRO_ID_TOKEN")); token != "" {
		return behavepro.NewSecret(token), nil
	}
	ask, key := f.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), f.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	if ask == "" || key == "" {
		if f.Getenv("GITHUB_ACTIONS") != "" {
			return behavepro.Secret{}, behavepro.Explain(behavepro.ErrUnauthenticated,
				"no token is given, and this job may not ask GitHub for an ID token",
				"give the job `permissions: id-token: write`, or set BEHAVEPRO_TOKEN")
		}
		return behavepro.Secret{}, nil
	}
	address, err := f.address()
	if err != nil {
		return behavepro.Secret{}, err
	}
	roots, err := cli.Roots(f.server.caFile)
	if err != nil {
		return behavepro.Secret{}, err
	}
	audience := cmp.Or(f.Getenv("BEHAVEPRO_AUDIENCE"), strings.TrimRight(address, "/"))
	return client.GitHubIDToken(ctx, client.Options{RootCAs: roots, Proxy: f.proxy()}, ask, behavepro.NewSecret(key), audience)
}
