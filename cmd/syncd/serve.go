package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/server"
)

const exitCodesServe = `Exit codes:
  0    ended by SIGTERM or SIGINT, after what was running has ended
  1    failed
  2    wrong use: flags or configuration; all mistakes are printed
  4    the key file is open to others`

func newCmdServe(w *cli.Streams) *cobra.Command {
	var g given
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: cli.Text(`
			Runs the server until SIGTERM or SIGINT; then it stops taking work, waits up to 30 seconds for what runs, and ends;
			a second signal ends it at once.
			The first start makes the data folder, its key and an admin token. Every flag can also be set in the environment
			(--public-url is BEHAVEPRO_PUBLIC_URL) and in the file of --config (public-url: URL); flags win over the environment,
			the environment over the file.`),
		Example: cli.Examples(`
			syncd serve
			syncd serve --data /var/lib/behavepro --listen 127.0.0.1:8080
			syncd serve --listen :8443 --public-url https://behavepro.example.com:8443 --tls-cert cert.pem --tls-key key.pem
			syncd serve --config /etc/behavepro.conf`),
		Args:        cli.NoArgs,
		Annotations: cli.ExitCodes(exitCodesServe),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.load(w.Getenv)
			if err != nil {
				return err
			}
			return runServe(cmd.Context(), w, c)
		},
	}
	g.flags(cmd.Flags())
	return cmd
}

func runServe(ctx context.Context, w *cli.Streams, c config) error {
	log := slog.New(slog.NewJSONHandler(w.Err, &slog.HandlerOptions{Level: c.logLevel}))
	c.Log, c.Now = log, w.Now
	d, err := server.Start(ctx, c.Config)
	if err != nil {
		return err
	}
	log.Info("started", "version", cli.Version().Version, "address", d.URL(), "data", c.Data, "metrics", d.MetricsURL())
	fmt.Fprintf(w.Out, "Behave Pro is at %s\n", d.URL())
	fmt.Fprintf(w.Out, "  data         %s\n", c.Data)
	fmt.Fprintf(w.Out, "  admin token  %s\n", d.AdminFile())
	if d.MetricsURL() != "" {
		fmt.Fprintf(w.Out, "  metrics      %s\n", d.MetricsURL())
	}
	fmt.Fprintf(w.Out, "  pages        syncd open --data %s\n", c.Data)
	if c.insecureHTTP && !loopback(c.Listen) {
		log.Warn("tokens travel in clear: --insecure-http is given")
	}
	select {
	case <-ctx.Done():
		signal.Reset(os.Interrupt, syscall.SIGTERM) // a second one ends the process at once
		log.Info("stopping")
	case err = <-d.Failed():
		log.Error("listener failed", "error", err)
	}
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		log.Info("stopped")
	}
	return err
}
