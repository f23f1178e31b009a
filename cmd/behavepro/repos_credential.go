package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

type credentialSet struct {
	*factory
	name       string
	credential credentialFlags
}

func newCmdCredentialSet(f *factory, runF func(context.Context, *credentialSet) error) *cobra.Command {
	o := &credentialSet{factory: f}
	cmd := &cobra.Command{
		Use:   "set [NAME]",
		Short: "Replace the credential of a repository",
		Long: cli.Text(`
			Secrets come from files or stdin, never from the command line. They are stored sealed and never shown again.`),
		Example: cli.Examples(`
			behavepro repos credential set acme/shop --git-token-file token.txt
			printenv GIT_TOKEN | behavepro repos credential set acme/shop --git-user bot --git-token-file -`),
		Args: cli.MaxOneArg("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = cli.FirstArg(args)
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return runCredentialSet(cmd.Context(), o)
		},
	}
	o.credential.add(cmd.Flags())
	return cmd
}

func runCredentialSet(ctx context.Context, o *credentialSet) error {
	cred, err := o.credential.read(o.factory)
	if err != nil {
		return err
	}
	if cred == nil {
		return cli.Usagef("no credential is given: use --git-token-file or --ssh-key")
	}
	c, err := o.client()
	if err != nil {
		return err
	}
	defer c.Close()
	found, err := pick(ctx, c, o.name)
	if err != nil {
		return err
	}
	done, err := c.SetCredential(ctx, string(found.ID), *cred)
	if err != nil {
		return err
	}
	return o.Print(done, func(w io.Writer) { cli.Row(w, done.Repository+": "+done.Done) })
}
