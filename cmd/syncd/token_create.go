package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

type tokenCreate struct {
	admin
	name        string
	projects    []string
	allProjects bool
	can         []string
	repository  string
	expires     string
}

func newCmdTokenCreate(w *cli.Streams) *cobra.Command {
	o := &tokenCreate{admin: admin{Streams: w}}
	cmd := &cobra.Command{
		Use:   "create --name NAME --project KEY",
		Short: "Make a token and print it, once",
		Long: cli.Text(`
			Makes a token and prints it. It cannot be read again. --can takes results:write, results:read, repos:read, repos:write
			and admin; without it the token may do what CI needs: results:write, results:read, repos:read.`),
		Example: cli.Examples(`
			syncd token create --name ci --project SHOP
			syncd token create --name nightly --project SHOP --can results:write --repo acme/shop --expires 90d
			syncd token create --name ops --all-projects --can admin`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			wish, err := o.wish()
			if err != nil {
				return err
			}
			return o.do(cmd.Context(), true, func(c *client.Client) error { return o.create(cmd.Context(), c, wish) })
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.name, "name", "", "name for people; results say who sent them")
	flags.StringSliceVar(&o.projects, "project", nil, "key of a project; repeatable")
	flags.BoolVar(&o.allProjects, "all-projects", false, "all projects, those to come too")
	flags.StringSliceVar(&o.can, "can", nil, "what it may do; repeatable")
	flags.StringVar(&o.repository, "repo", "", "only this repository, by name or id")
	flags.StringVar(&o.expires, "expires", "", "when it ends: 90d, 12h or never (default: never)")
	o.flags(flags)
	return cmd
}

// wish checks the flags, all mistakes at once.
func (o *tokenCreate) wish() (client.CreateToken, error) {
	in := client.CreateToken{Name: o.name, Repository: o.repository, Can: o.can}
	var mistakes []string
	if o.name == "" {
		mistakes = append(mistakes, "a token needs a --name")
	}
	if (len(o.projects) > 0) == o.allProjects {
		mistakes = append(mistakes, "name the token's projects with --project, or use --all-projects")
	}
	projects, err := cli.ProjectKeys(o.projects)
	if err != nil {
		mistakes = append(mistakes, err.Error())
	}
	in.Projects = projects
	if len(o.can) > 0 {
		if _, err := access.ParseVerbs(strings.Join(o.can, ",")); err != nil {
			mistakes = append(mistakes, "--can: "+err.Error())
		}
	}
	expires, err := parseExpiry(o.expires)
	if err != nil {
		mistakes = append(mistakes, err.Error())
	}
	in.ExpiresSeconds = int64(expires / time.Second)
	if len(mistakes) > 0 {
		return in, cli.Usagef("%s", strings.Join(mistakes, "; "))
	}
	return in, nil
}

// parseExpiry reads a time with units, days among them; 0 stands for never.
func parseExpiry(text string) (time.Duration, error) {
	if text == "" || text == "never" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		if n, err = strconv.Atoi(days); err == nil && n <= 36500 {
			d = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("--expires %q is not a time such as 90d or 12h", text)
	}
	return d, nil
}

// create prints the token alone on stdout, so that it can be piped into a file, and what it may do on stderr.
func (o *tokenCreate) create(ctx context.Context, c *client.Client, wish client.CreateToken) error {
	made, err := c.CreateToken(ctx, wish)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Err, "Token %s %q: %s; %s; %s. It is printed this once:\n", made.Token.ID, made.Token.Name, reachOf(&made.Token),
		strings.Join(made.Token.Can, ", "), untilOf(&made.Token))
	_, err = fmt.Fprintln(o.Out, made.Value)
	return err
}

func reachOf(t *client.Token) string {
	text := "all projects"
	if len(t.Projects) > 0 {
		text = cli.Join(t.Projects)
	}
	if t.Repository != "" {
		text += ", repository " + cli.OneLine(cmp.Or(t.RepositoryName, t.Repository))
	}
	return text
}

func untilOf(t *client.Token) string {
	if t.Expires == nil {
		return "never expires"
	}
	return "until " + t.Expires.UTC().Format("2006-01-02 15:04 UTC")
}
