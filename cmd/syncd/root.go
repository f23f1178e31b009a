package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
)

const exitCodes = `Exit codes:
  0    done
  1    failed
  2    wrong use: flags, arguments or configuration
  4    not authorised
  130  interrupted`

// run is the command with its streams handed in.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	s := cli.NewStreams("syncd", in, out, errOut)
	return s.Execute(ctx, newCmdRoot(s), args)
}

func newCmdRoot(s *cli.Streams) *cobra.Command {
	return cli.NewRoot(&cobra.Command{
		Use:   "syncd",
		Short: "The server of Behave Pro",
		Long: cli.Text(`
			syncd mirrors Git repositories, indexes their feature files, takes results of CI in and shows both. It needs no
			other server: everything is kept in one data folder.`),
		Example: cli.Examples(`
			syncd serve
			syncd open
			syncd token create --name ci --project SHOP`),
	}, exitCodes,
		newCmdServe(s), newCmdDemo(s), newCmdOpen(s), newCmdToken(s), newCmdTrust(s), newCmdTenant(s), newCmdAdminToken(s), newCmdBackup(s),
		newCmdRestore(s), newCmdStore(s), newCmdStatement(s), cli.NewCmdVersion(s, "Prints the version of this program."))
}
