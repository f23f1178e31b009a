package repos

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type credentialSetOptions struct {
	*factory.Factory
	name       string
	credential credentialFlags
}

func newCmdCredentialSet(f *factory.Factory, runF func(context.Context, *credentialSetOptions) error) *cobra.Command {
	o := &credentialSetOptions{Factory: f}
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
			return credentialSetRun(cmd.Context(), o)
		},
	}
	o.credential.add(cmd.Flags())
	return cmd
}

func credentialSetRun(ctx context.Context, o *credentialSetOptions) error {
	cred, err := o.credential.read(o.Factory)
	if err != nil {
		return err
	}
	if cred == nil {
		return cli.Usagef("no credential is given: use --git-token-file or --ssh-key")
	}
	c, found, err := o.Repository(ctx, o.name)
	if err != nil {
		return err
	}
	defer c.Close()
	done, err := c.SetCredential(ctx, string(found.ID), *cred)
	if err != nil {
		return err
	}
	return o.Print(done, func(w io.Writer) { cli.Row(w, done.Repository+": "+done.Done) })
}
