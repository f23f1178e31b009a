package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

func newCmdTrust(w *cli.Streams) *cobra.Command {
	return cli.NewGroup("trust", "Let CI jobs push results without an API token", `
		syncd trust add --project SHOP --issuer https://token.actions.githubusercontent.com `+
		`--repository-id 1001 --owner-id 77 --ref refs/heads/main --event push
		syncd trust list
		syncd trust remove ID`, newCmdTrustAdd(w), newCmdTrustList(w), newCmdTrustRemove(w))
}

type trustAdd struct {
	admin
	wish     client.AddTrust
	projects []string
}

func newCmdTrustAdd(w *cli.Streams) *cobra.Command {
	o := &trustAdd{admin: admin{Streams: w}}
	cmd := &cobra.Command{
		Use:   "add --project KEY --issuer URL --repository-id N --owner-id N --ref REF --event EVENT",
		Short: "Trust the jobs of a repository of a CI service",
		Long: cli.Text(`
			Lets the jobs of one repository push results of the commit that they run on, by the ID token of their CI service. The server has to
			list the issuer (--oidc-issuer). Repository and owner are named by the service's own numbers, because a name can be given away:
			gh api repos/OWNER/NAME --jq '.id, .owner.id' prints GitHub's; GitLab shows them as CI_PROJECT_ID and CI_PROJECT_NAMESPACE_ID.
			A ref is named in full; * stands for any characters but a slash, ** for any number of path components: refs/heads/* is
			refs/heads/main and not refs/heads/feature/x, refs/heads/** is both. In trusts of older versions * crossed slashes; it no longer
			does there, either.
			Add such a trust again with **, and remove the old one. pull_request_target is never trusted. The answer to a token
			that nobody trusts says what trust it would need.
			With --gate the jobs may also ask whether issues and commits of the projects are proven (behavepro gate); the answer names
			scenarios.`),
		Example: cli.Examples(`
			syncd trust add --project SHOP --issuer https://token.actions.githubusercontent.com ` +
			`--repository-id 1001 --owner-id 77 --ref refs/heads/main --event push
			syncd trust add --project SHOP --issuer https://token.actions.githubusercontent.com ` +
			`--repository-id 1001 --owner-id 77 --ref 'refs/pull/*/merge' --event pull_request
			syncd trust add --project SHOP --issuer https://gitlab.com --repository-id 42 --owner-id 7 ` +
			`--ref 'refs/heads/**' --event push --event web`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			projects, err := cli.ProjectKeys(o.projects)
			if err != nil {
				return err
			}
			o.wish.Projects = projects
			return o.do(cmd.Context(), true, func(c *client.Client) error { return o.add(cmd.Context(), c) })
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&o.projects, "project", nil, "key of a project that the jobs reach; repeatable")
	flags.StringVar(&o.wish.Issuer, "issuer", "", "the CI service")
	flags.StringVar(&o.wish.RepositoryID, "repository-id", "", "the service's number of the repository")
	flags.StringVar(&o.wish.OwnerID, "owner-id", "", "the service's number of its owner or namespace")
	flags.StringArrayVar(&o.wish.Refs, "ref", nil, "full name of a ref; * ends at a slash, ** does not; repeatable")
	flags.StringArrayVar(&o.wish.Events, "event", nil, "what starts the jobs, such as push or pull_request; repeatable")
	flags.StringVar(&o.wish.Name, "name", "", "name for people; results say who sent them (default: the repository's)")
	flags.StringVar(&o.wish.Repository, "repo", "", "only this connected repository, by name or id")
	flags.BoolVar(&o.wish.Gate, "gate", false, "let the jobs ask gates of the projects, too")
	o.flags(flags)
	return cmd
}

func (o *trustAdd) add(ctx context.Context, c *client.Client) error {
	made, err := c.AddTrust(ctx, o.wish)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.Out, made.ID)
	return err
}

func newCmdTrustList(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the trusted repositories of CI services",
		Long:  cli.Text(`Lists the repositories of CI services whose jobs push results without an API token, the newest first.`),
		Example: cli.Examples(`
			syncd trust list
			syncd trust list --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				found, err := c.Trusts(cmd.Context())
				if err != nil {
					return err
				}
				return w.Print(found, func(out io.Writer) { writeTrusts(out, found.Trusts) })
			})
		},
	}
	w.AddJSONFlag(cmd.Flags())
	a.flags(cmd.Flags())
	return cmd
}

// writeTrusts writes a line for each trust.
func writeTrusts(w io.Writer, trusts []client.Trust) {
	cli.Row(w, "ID", "NAME", "REACHES", "MAY", "ISSUER", "REPOSITORY", "OWNER", "REFS", "EVENTS")
	for i := range trusts {
		t := &trusts[i]
		reach := reachOf(&client.Token{Projects: t.Projects, Repository: t.Repository, RepositoryName: t.RepositoryName})
		may := "push"
		if t.Gate {
			may = "push, gate"
		}
		cli.Row(w, t.ID, t.Name, reach, may, t.Issuer, t.RepositoryID, t.OwnerID, strings.Join(t.Refs, ", "), strings.Join(t.Events, ", "))
	}
}

func newCmdTrustRemove(w *cli.Streams) *cobra.Command {
	a := &admin{Streams: w}
	cmd := &cobra.Command{
		Use:     "remove ID",
		Short:   "End a trust at once",
		Long:    cli.Text(`Ends a trust at once. What its jobs pushed stays. syncd trust list shows the ids.`),
		Example: cli.Examples(`syncd trust remove 3kq9x7`),
		Args:    cli.ExactArgs(1, "the id of a trust"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), true, func(c *client.Client) error {
				done, err := c.RemoveTrust(cmd.Context(), args[0])
				if err == nil {
					_, err = fmt.Fprintf(w.Out, "%s: %s\n", cli.OneLine(args[0]), done.Done)
				}
				return err
			})
		},
	}
	a.flags(cmd.Flags())
	return cmd
}
