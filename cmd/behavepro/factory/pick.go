package factory

import (
	"context"
	"strings"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// Repository opens a connection and finds the repository that a command is about, as Pick does. The caller closes the connection.
func (f *Factory) Repository(ctx context.Context, name string) (*client.Client, *client.Repository, error) {
	c, err := f.Client()
	if err != nil {
		return nil, nil, err
	}
	r, err := Pick(ctx, c, name)
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c, r, nil
}

// Pick finds the repository that a command is about: the named one, or the only one that there is.
func Pick(ctx context.Context, c *client.Client, name string) (*client.Repository, error) {
	list, err := c.Repositories(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list.Repositories))
	for i := range list.Repositories {
		r := &list.Repositories[i]
		if r.Name == name || string(r.ID) == name {
			return r, nil
		}
		names[i] = r.Name
	}
	switch {
	case name != "" && len(names) == 0, len(names) == 0:
		return nil, cli.Usagef("no repository is connected within the token's reach: `behavepro repos add` connects one")
	case name != "":
		return nil, cli.Usagef("there is no repository %q; there are: %s", name, strings.Join(names, ", "))
	case len(names) > 1:
		return nil, cli.Usagef("several repositories may be meant: name one with --repo: %s", strings.Join(names, ", "))
	}
	return &list.Repositories[0], nil
}
