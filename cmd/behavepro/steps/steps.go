// Package steps is the command behavepro steps.
package steps

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type options struct {
	*factory.Factory
	repo, ref string
}

// NewCmdSteps makes the command steps.
func NewCmdSteps(f *factory.Factory, runF func(context.Context, *options) error) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:   "steps",
		Short: "List unused and duplicate step definitions, and steps that are written in more than one way",
		Long: cli.Text(`
			A step definition is unused where no push of the commit used it, and duplicate where one push tells its pattern at more
			than one place. Both are known from reports in Cucumber Messages alone. Steps are written in more than one way where
			they are equal but for letter case, white space and the punctuation at their end. --ref is a branch, a full SHA or at
			least 7 digits of one; without it the default branch is meant.`),
		Example: cli.Examples(`
			behavepro steps
			behavepro steps --repo acme/shop --ref main
			behavepro steps --repo acme/shop --ref 3f2a1bc --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return stepsRun(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.repo, "repo", "", "name of the repository")
	cmd.Flags().StringVar(&o.ref, "ref", "", "branch or commit (default: the default branch)")
	return cmd
}

func stepsRun(ctx context.Context, o *options) error {
	c, r, err := o.Repository(ctx, o.repo)
	if err != nil {
		return err
	}
	defer c.Close()
	steps, err := c.Steps(ctx, string(r.ID), o.ref)
	if err != nil {
		return err
	}
	if len(steps.Pushes) == 0 {
		o.Note("no push of %s tells step definitions, so that unused and duplicate ones are not known: "+
			"push reports in Cucumber Messages, such as those of cucumber-js --format message:messages.ndjson", steps.Commit.Short())
	}
	return o.Print(steps, func(w io.Writer) { writeSteps(w, &steps) })
}

func writeSteps(w io.Writer, s *client.Steps) {
	if len(s.Pushes) > 0 {
		writeDefinitions(w, s)
	}
	fmt.Fprintf(w, "Written in more than one way: %s\n", cli.Plural(len(s.Variants)+s.LeftOut.Variants, "step", "steps"))
	for _, v := range s.Variants {
		for i, way := range v.Ways {
			mark := "    "
			if i == 0 {
				mark = "  "
			}
			cli.Row(w, fmt.Sprintf("%s%d×", mark, way.Count), way.Text, placesText(&way))
		}
	}
	writeLeftOut(w, s.LeftOut.Variants)
	fmt.Fprintf(w, "%s at %s\n", cli.OneLine(s.Repository), s.Commit.Short())
}

// writeDefinitions says which pushes the answer rests on, and what it is.
func writeDefinitions(w io.Writer, s *client.Steps) {
	fmt.Fprintf(w, "%s, as told by:\n", cli.Plural(s.Defined, "step definition", "step definitions"))
	for i := range s.Pushes {
		p := &s.Pushes[i]
		name := cmp.Or(p.Build, p.Run)
		if name == "" {
			name = p.ID
		}
		var params []string
		for _, param := range p.Params {
			params = append(params, param.Name+"="+param.Value)
		}
		cli.Row(
			w,
			"  build "+name,
			strings.Join(params, " "),
			p.Started.Local().Format("2006-01-02 15:04"),
			cli.Plural(p.Definitions, "definition", "definitions"),
		)
	}
	writeLeftOut(w, s.LeftOut.Pushes)
	if s.LeftOut.Definitions {
		fmt.Fprintln(w, "A push told more definitions than are kept: the rest is not known.")
	}
	fmt.Fprintf(w, "Unused: %d\n", len(s.Unused)+s.LeftOut.Unused)
	if s.Doubt != "" && len(s.Unused) > 0 {
		fmt.Fprintf(w, "  perhaps used after all: %s\n", cli.OneLine(s.Doubt))
	}
	for i := range s.Unused {
		cli.Row(w, "  "+codePlace(&s.Unused[i]), s.Unused[i].Pattern)
	}
	writeLeftOut(w, s.LeftOut.Unused)
	fmt.Fprintf(w, "Defined more than once: %s\n", cli.Plural(len(s.Duplicates)+s.LeftOut.Duplicates, "pattern", "patterns"))
	for _, d := range s.Duplicates {
		fmt.Fprintf(w, "  %s\n", cli.OneLine(d.Pattern))
		for i := range d.Definitions {
			cli.Row(w, "    "+codePlace(&d.Definitions[i]), cli.Plural(d.Definitions[i].Uses, "use", "uses"))
		}
	}
	writeLeftOut(w, s.LeftOut.Duplicates)
}

func writeLeftOut(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
}

// codePlace is where a step definition stands.
func codePlace(d *client.StepDefinition) string {
	switch {
	case d.Place == "":
		return "at a place that the runner does not tell"
	case d.Line == 0:
		return d.Place
	}
	return fmt.Sprintf("%s:%d", d.Place, d.Line)
}

func placesText(way *client.StepWay) string {
	text := make([]string, len(way.Places))
	for i, at := range way.Places {
		text[i] = fmt.Sprintf("%s:%d", at.Path, at.Line)
	}
	if more := way.Count - len(way.Places); more > 0 {
		text = append(text, fmt.Sprintf("%d more", more))
	}
	return strings.Join(text, ", ")
}
