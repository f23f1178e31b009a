// Package evidence is the command behavepro evidence.
package evidence

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type options struct {
	*factory.Factory
	project string
	keep    string
	masks   []string
	days    int
	change  client.ChangeEvidenceRule
}

// NewCmdEvidence makes the command evidence.
func NewCmdEvidence(f *factory.Factory, runF func(context.Context, *options) error) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:   "evidence PROJECT",
		Short: "Show or change what a project keeps of messages, stacks and attachments",
		Long: cli.Text(`
			Without flags it shows what is kept. It decides before anything is stored, for pushes from then on: none keeps statuses,
			durations and failing steps alone, messages (the default) failure messages and stacks as well, all keeps attachments such as
			screenshots, too. What a --mask matches becomes ***; several replace those before, '' takes them away. Evidence
			that is older than --days is deleted, that of earlier pushes, too; 0 keeps it as long as its results. Where a repository
			belongs to several projects, the strictest counts.`),
		Example: cli.Examples(`
			behavepro evidence SHOP
			behavepro evidence SHOP --keep all --days 90
			behavepro evidence SHOP --mask 'token=\S+' --mask '[0-9]{16}'
			behavepro evidence SHOP --mask ''`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usagef("%s takes the key of one project", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.project = args[0]
			flags := cmd.Flags()
			if flags.Changed("keep") {
				o.change.Keep = &o.keep
			}
			if flags.Changed("mask") {
				masks := cli.NotEmpty(o.masks)
				o.change.Masks = &masks
			}
			if flags.Changed("days") {
				o.change.Days = &o.days
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return evidenceRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.keep, "keep", "", "none, messages or all")
	flags.StringArrayVar(&o.masks, "mask", nil, "pattern of what must not be kept; repeatable")
	flags.IntVar(&o.days, "days", 0, "how long evidence is kept; 0 is as long as its results")
	return cmd
}

func evidenceRun(ctx context.Context, o *options) error {
	project, err := behavepro.ParseProjectKey(o.project)
	if err != nil {
		return cli.UsageError(err)
	}
	c, err := o.Client()
	if err != nil {
		return err
	}
	defer c.Close()
	var rule client.EvidenceRule
	if o.change == (client.ChangeEvidenceRule{}) {
		rule, err = c.EvidenceRule(ctx, project)
	} else {
		rule, err = c.ChangeEvidenceRule(ctx, project, o.change)
	}
	if err != nil {
		return err
	}
	return o.Print(rule, func(w io.Writer) {
		cli.Row(w, "Project", rule.Project)
		cli.Row(w, "Kept", rule.Keep)
		for _, mask := range rule.Masks {
			cli.Row(w, "Masked", mask)
		}
		if rule.Days > 0 {
			cli.Row(w, "For", cli.Plural(rule.Days, "day", "days"))
		}
	})
}
