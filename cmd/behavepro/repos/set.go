package repos

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type setOptions struct {
	*factory.Factory
	name, rename, path string
	branches, projects []string
	links              []string
	quarantine         string
	poll               time.Duration
	change             client.ChangeRepository
}

func newCmdSet(f *factory.Factory, runF func(context.Context, *setOptions) error) *cobra.Command {
	o := &setOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "set [NAME]",
		Short: "Change settings of a repository",
		Long: cli.Text(`
			Changes the settings that are given, and syncs where they matter to it. A list replaces the one before; an empty
			--branches follows all again.`),
		Example: cli.Examples(`
			behavepro repos set acme/shop --branches main --branches 'release/*'
			behavepro repos set acme/shop --branches ''
			behavepro repos set acme/shop --project SHOP --project PAY`),
		Args: cli.MaxOneArg("the repository's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = cli.FirstArg(args)
			flags := cmd.Flags()
			if flags.Changed("branches") {
				branches := cli.NotEmpty(o.branches)
				o.change.Branches = &branches
			}
			if flags.Changed("project") {
				projects, err := cli.ProjectKeys(o.projects)
				if err != nil {
					return err
				}
				o.change.Projects = &projects
			}
			if flags.Changed("path") {
				o.change.Path = &o.path
			}
			if flags.Changed("link") {
				links := cli.NotEmpty(o.links)
				o.change.Links = &links
			}
			if flags.Changed("quarantine") {
				o.change.Quarantine = &o.quarantine
			}
			if flags.Changed("poll") {
				seconds := int64(o.poll / time.Second)
				o.change.PollSeconds = &seconds
			}
			if flags.Changed("name") {
				o.change.Name = &o.rename
			}
			if o.change == (client.ChangeRepository{}) {
				return cli.Usagef("nothing to change: use --branches, --path, --project, --link, --quarantine, --poll or --name")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return setRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.branches, "branches", nil, "branches to follow, as glob patterns; repeatable")
	flags.StringSliceVar(&o.projects, "project", nil, "key of a Jira project; repeatable")
	flags.StringVar(&o.path, "path", "", "folder of the feature files")
	flags.StringArrayVar(&o.links, "link", nil, "pattern of tags that link to issues, with a group named key; repeatable")
	flags.StringVar(
		&o.quarantine,
		"quarantine",
		"",
		"pattern of tags that keep a scenario out of gates and roll-ups, with a group named until; '' is @quarantine(until=2027-01-31)",
	)
	flags.DurationVar(&o.poll, "poll", 0, "how often to look for changes; 0 is the server's default")
	flags.StringVar(&o.rename, "name", "", "new name")
	return cmd
}

func setRun(ctx context.Context, o *setOptions) error {
	c, found, err := o.Repository(ctx, o.name)
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := c.ChangeRepository(ctx, string(found.ID), o.change)
	if err != nil {
		return err
	}
	return o.Print(r, func(w io.Writer) { writeRepository(w, &r) })
}
