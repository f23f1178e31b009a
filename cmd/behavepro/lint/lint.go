package lint

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/cli"
)

type commandOptions struct {
	*factory.Factory
	args     []string
	base     string
	format   string
	links    []string
	projects []string
	strict   bool
}

// errFindings says that a lint has found something.
var errFindings = cli.ErrorWithCode(cli.ExitClosed, "the feature files have faults")

const exitHelpLint = `Exit codes:
  0    nothing is wrong (warnings and what a change does are told, and do not count without --strict)
  1    failed
  2    wrong use: flags, arguments, or no feature file
  5    there are errors, or with --strict warnings
  130  interrupted`

// NewCmdLint makes the command lint.
func NewCmdLint(f *factory.Factory, runF func(context.Context, *commandOptions) error) *cobra.Command {
	o := &commandOptions{Factory: f}
	cmd := &cobra.Command{
		Use:         "lint [FILE|DIR...]",
		Short:       "Check feature files, and tell what a change does to their scenarios",
		Annotations: cli.ExitCodes(exitHelpLint),
		Long: cli.Text(`
			Reads the feature files below the working directory, or those that are named, as they are on disk. No server is asked.
			It tells what is not Gherkin, tags that seem to be meant for an issue and link to none, scenarios of a file that have
			the same name, and outlines without rows. In a checkout, files that Git ignores are left out. No symbolic link is followed.
			--base compares with the commit where the working tree left that branch, and tells which scenarios were added, removed,
			reworded, renamed and moved, and which link to other issues now: paired as the server does, so that a renamed scenario
			keeps its history.`),
		Example: cli.Examples(`
			behavepro lint
			behavepro lint features --project SHOP --strict
			behavepro lint --base origin/main
			behavepro lint --base origin/main --format github
			behavepro lint --format sarif > behavepro.sarif`),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			switch {
			case o.format != "text" && o.format != "sarif" && o.format != "github":
				return cli.Usagef("--format is text, sarif or github, not %q", o.format)
			case o.JSON && o.format != "text":
				return cli.Usagef("--json and --format %s exclude each other", o.format)
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return lintRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.base, "base", "", "branch or commit to compare with")
	flags.StringVar(&o.format, "format", "text", "text, sarif (SARIF 2.1.0) or github (annotations of GitHub Actions)")
	flags.StringArrayVar(&o.links, "link", nil, "pattern of tags that link, as in `repos add --link`; repeatable")
	flags.StringArrayVar(&o.projects, "project", nil, "project that issues may belong to; repeatable (default: any)")
	flags.BoolVar(&o.strict, "strict", false, "exit 5 for warnings, too")
	return cmd
}

func lintRun(ctx context.Context, o *commandOptions) error {
	links, err := gherkin.CompileLinkRules(o.links)
	if err != nil {
		return cli.UsageError(err)
	}
	projects, err := cli.ProjectKeys(o.projects)
	if err != nil {
		return err
	}
	opt := Options{Links: links, Projects: projects}
	tree, err := readTree(ctx, o.Factory, o.args)
	if err != nil {
		return err
	}
	doc := client.Lint{Files: len(tree.files), Findings: Check(tree.files, opt), Changes: []client.ScenarioChange{}}
	for i := range tree.files {
		if f := tree.files[i].Doc.Feature; f != nil {
			doc.Scenarios += len(f.Scenarios)
		}
	}
	for i := range doc.Findings {
		if doc.Findings[i].Level == Error {
			doc.Errors++
		} else {
			doc.Warnings++
		}
	}
	if o.base != "" {
		if err := o.compare(ctx, tree, links, &doc); err != nil {
			return err
		}
	}
	if err := o.write(&doc); err != nil {
		return err
	}
	if doc.Errors > 0 || o.strict && doc.Warnings > 0 {
		return errFindings
	}
	return nil
}

// compare adds what became of the scenarios of the base.
func (o *commandOptions) compare(ctx context.Context, tree *workTree, links gherkin.LinkRules, doc *client.Lint) error {
	base, old, err := tree.base(ctx, o.base)
	if err != nil {
		return err
	}
	doc.Base = &base
	changes, cut := Changes(old, tree.files, links)
	if cut {
		o.Note("the change has too many scenarios to compare each with each; some that were edited are told as removed and added")
	}
	doc.Changes = changes
	return nil
}

func (o *commandOptions) write(doc *client.Lint) error {
	all := append(doc.Findings[:len(doc.Findings):len(doc.Findings)], Told(doc.Changes)...)
	switch o.format {
	case "sarif":
		return WriteSARIF(o.Out, cli.Version().Version, all)
	case "github":
		return WriteGitHub(cli.CleanWriter(o.Out), all)
	}
	return o.Print(doc, func(w io.Writer) { writeLint(w, doc, all) })
}

func writeLint(w io.Writer, doc *client.Lint, all []client.Finding) {
	for i := range all {
		f := &all[i]
		place := f.Path
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", f.Path, f.Line)
		}
		cli.Row(w, place, f.Level, f.Message, "["+f.Rule+"]")
	}
	fmt.Fprintf(
		w,
		"%s, %s: %s, %s",
		cli.Plural(doc.Files, "feature file", "feature files"),
		cli.Plural(doc.Scenarios, "scenario", "scenarios"),
		cli.Plural(doc.Errors, "error", "errors"),
		cli.Plural(doc.Warnings, "warning", "warnings"),
	)
	if doc.Base != nil {
		fmt.Fprintf(w, "; %s versus %s", cli.Plural(len(doc.Changes), "scenario changed", "scenarios changed"), doc.Base.Short())
	}
	fmt.Fprintln(w)
}
