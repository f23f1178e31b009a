package repos

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/cmd/behavepro/text"
	"github.com/behavepro/behavepro/internal/cli"
)

type addOptions struct {
	*factory.Factory
	url        string
	name       string
	projects   []string
	branches   []string
	path       string
	links      []string
	poll       time.Duration
	credential credentialFlags
	wait       bool
}

func newCmdAdd(f *factory.Factory, runF func(context.Context, *addOptions) error) *cobra.Command {
	o := &addOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "add URL --project KEY",
		Short: "Connect a repository",
		Long: cli.Text(`
			Connects a repository to projects and starts its first sync. Everybody who may see the projects will be able to
			read the repository's feature files. The address and the secret of the webhook are printed once. --wait returns when
			the first import is done.`),
		Example: cli.Examples(`
			behavepro repos add https://github.com/acme/shop --project SHOP --wait
			behavepro repos add git@github.com:acme/shop.git --project SHOP --ssh-key deploy_key --known-hosts known_hosts
			printenv GIT_TOKEN | behavepro repos add https://git.acme.com/shop --project SHOP --git-token-file -`),
		Args: cli.ExactArgs(1, "the repository's URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.url = args[0]
			if len(o.projects) == 0 {
				return cli.Usagef("no project is named: use --project KEY")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return addRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.projects, "project", nil, "key of a Jira project; repeatable")
	flags.StringVar(&o.name, "name", "", "name for people and --repo (default: from the URL)")
	flags.StringSliceVar(&o.branches, "branches", nil, "branches to follow, as glob patterns; repeatable (default: all)")
	flags.StringVar(&o.path, "path", "", "folder of the feature files (default: the whole repository)")
	flags.StringArrayVar(
		&o.links,
		"link",
		nil,
		"pattern of tags that link to issues, with a group named key; repeatable (default: the usual forms)",
	)
	flags.DurationVar(&o.poll, "poll", 0, "how often to look for changes (default: the server's)")
	o.credential.add(flags)
	flags.BoolVar(&o.wait, "wait", false, "return when the first import is done")
	return cmd
}

func addRun(ctx context.Context, o *addOptions) error {
	projects, err := cli.ProjectKeys(o.projects)
	if err != nil {
		return err
	}
	cred, err := o.credential.read(o.Factory)
	if err != nil {
		return err
	}
	c, err := o.ClientFor(retryFor(o.wait))
	if err != nil {
		return err
	}
	defer c.Close()
	in := client.AddRepository{
		URL: o.localPath(), Name: o.name, Projects: projects, Branches: o.branches, Path: o.path, Links: o.links,
		PollSeconds: int64(o.poll / time.Second), Credential: cred,
	}
	added, err := c.AddRepository(ctx, in)
	if err != nil {
		return err
	}
	for _, w := range added.Warnings {
		o.Note("%s", w)
	}
	var failed error
	if o.wait {
		if added.Repository, err = waitForSync(ctx, o.Factory, c, &added.Repository); err != nil {
			failed = err // the hook's secret has to be printed all the same
		} else if added.Repository.Sync.Files == 0 {
			o.Note("no file of branch %s is named *.feature%s", cli.OneLine(added.Repository.DefaultBranch), text.SearchedIn(added.Repository.Path))
		}
	}
	if err := o.Print(added, func(w io.Writer) { writeAdded(w, &added) }); err != nil {
		return err
	}
	return failed
}

// localPath makes a path of this machine absolute: the server works in another folder.
func (o *addOptions) localPath() string {
	if strings.HasPrefix(o.url, "./") || strings.HasPrefix(o.url, "../") || o.url == "." || o.url == ".." {
		if dir, err := o.Dir(); err == nil {
			return filepath.Join(dir, o.url)
		}
	}
	return o.url
}

func writeAdded(w io.Writer, added *client.AddedRepository) {
	r := &added.Repository
	cli.Row(w, "Repository", r.Name)
	cli.Row(w, "Address", r.URL)
	cli.Row(w, "Projects", cli.Join(r.Projects))
	cli.Row(w, "Sync", syncText(&r.Sync))
	cli.Row(w, "Webhook", added.Hook.URL)
	cli.Row(w, "Secret", added.Hook.Secret)
	fmt.Fprintln(w, "\nThe secret is shown this once. Set both at the Git host (content type JSON, push events).")
}
