// Package gate is the command behavepro gate.
package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

type options struct {
	*factory.Factory
	issues []string
	query  client.GateQuery
	wait   time.Duration
	told   bool // that an ID token is used
}

// What a gate says besides yes.
var (
	errGateClosed    = cli.ErrorWithCode(cli.ExitClosed, "the gate is closed")
	errGateUndecided = errors.New("the gate could not decide")
)

const exitHelpGate = `Exit codes:
  0    open
  1    could not decide: the server cannot be reached, results wait, a run is not complete, a sync fails
  2    wrong use: flags or arguments
  4    not authorised: no token, or one that may not do this
  5    closed: the reasons are told
  130  interrupted
Exit 5 is the only one that speaks of the scenarios. An outage never reads as a failed story.`

// NewCmdGate makes the command gate.
func NewCmdGate(f *factory.Factory, runF func(context.Context, *options) error) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:         "gate (--issue KEY... | --commit SHA)",
		Short:       "Ask whether the scenarios of issues, or of a commit, are proven",
		Annotations: cli.ExitCodes(exitHelpGate),
		Long: cli.Text(`
			Open means that all scenarios passed, that none is stale, not run or flaky, and that there is one. Scenarios in quarantine
			are left out, and told. Of an issue, current results count as its page shows them; of a commit, only what was pushed
			for that commit. --require-oidc counts only runs that a CI job pushed with an ID token.
			Without a token the ID token of a CI job takes its place, as for results push, where the job is trusted for it (syncd trust add --gate).
			The server is asked once. --wait asks again while it cannot decide; a closed gate is not asked again.`),
		Example: cli.Examples(`
			behavepro gate --issue SHOP-12
			behavepro gate --issue SHOP-12 --issue SHOP-13 --ref release
			behavepro gate --commit 3f2a1bc --tag @smoke --wait 10m
			behavepro gate --commit main --path features/checkout --allow-flaky --json`),
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return gateRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.issues, "issue", nil, "key of an issue; repeatable")
	flags.StringVar(&o.query.Ref, "ref", "", "with --issue: branch or commit (default: each repository's default branch)")
	flags.StringVar(&o.query.Commit, "commit", "", "branch or commit")
	flags.StringArrayVar(&o.query.Tags, "tag", nil, "with --commit: only scenarios that have one of these tags; repeatable")
	flags.StringArrayVar(&o.query.Paths, "path", nil, "with --commit: only scenarios of these files or folders; repeatable")
	flags.StringVar(&o.query.Repository, "repo", "", "only this repository")
	flags.BoolVar(&o.query.AllowFlaky, "allow-flaky", false, "let scenarios pass that are flaky and passed in the end")
	flags.BoolVar(&o.query.AllowEmpty, "allow-empty", false, "be open where there is no scenario")
	flags.BoolVar(&o.query.RequireOIDC, "require-oidc", false, "count only runs that a CI job pushed with an ID token")
	flags.DurationVar(&o.wait, "wait", 0, "how long to ask again while the server cannot decide")
	return cmd
}

// check finds mistakes before anybody is asked.
func (o *options) check() error {
	for _, text := range o.issues {
		key, err := behavepro.ParseIssueKey(strings.TrimSpace(text))
		if err != nil {
			return cli.Usagef("--issue: %w", err)
		}
		o.query.Issues = append(o.query.Issues, key)
	}
	q := &o.query
	switch {
	case (len(q.Issues) > 0) == (q.Commit != ""):
		return cli.Usagef("name either issues with --issue, or a commit with --commit")
	case q.Commit != "" && q.Ref != "":
		return cli.Usagef("--ref goes with --issue")
	case len(q.Issues) > 0 && len(q.Tags)+len(q.Paths) > 0:
		return cli.Usagef("--tag and --path go with --commit")
	case o.wait < 0:
		return cli.Usagef("--wait cannot be negative")
	}
	return nil
}

func gateRun(ctx context.Context, o *options) error {
	doc, err := o.ask(ctx)
	if err != nil {
		return err
	}
	if err := o.Print(doc, func(w io.Writer) { writeGate(w, &doc) }); err != nil {
		return err
	}
	switch doc.Verdict {
	case client.GateOpen:
		return nil
	case client.GateClosed:
		return errGateClosed
	}
	return errGateUndecided
}

// ask asks once or, with --wait, again while the server cannot decide.
func (o *options) ask(ctx context.Context) (client.Gate, error) {
	deadline := o.Now().Add(o.wait)
	for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
		doc, err := o.askOnce(ctx)
		left := deadline.Sub(o.Now())
		again := err == nil && doc.Verdict == client.GateUndecided || errors.Is(err, behavepro.ErrUnavailable)
		if !again || left <= 0 {
			return doc, err
		}
		o.Note("not decided yet%s; asking again", firstReason(&doc))
		if err := rest(ctx, min(pause, left)); err != nil {
			return doc, err
		}
	}
}

// askOnce asks with a connection of its own: a job's ID token may be older than the next question.
func (o *options) askOnce(ctx context.Context) (client.Gate, error) {
	c, keyless, err := o.JobClient(ctx, factory.Retry)
	if err != nil {
		return client.Gate{}, err
	}
	defer c.Close()
	if keyless && !o.told {
		o.told = true
		o.Note(factory.NoteKeyless)
	}
	return c.Gate(ctx, o.query)
}

func firstReason(doc *client.Gate) string {
	if len(doc.Reasons) == 0 {
		return ""
	}
	return ": " + doc.Reasons[0].Message
}

// rest waits, or ends with the context.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func writeGate(w io.Writer, doc *client.Gate) {
	for _, at := range doc.At {
		if at.Ref != "" {
			fmt.Fprintf(w, "%s %s at %s\n", cli.OneLine(at.Repository), cli.OneLine(at.Ref), at.Commit.Short())
		} else {
			fmt.Fprintf(w, "%s at %s\n", cli.OneLine(at.Repository), at.Commit.Short())
		}
	}
	for i := range doc.Reasons {
		writeReason(w, &doc.Reasons[i])
	}
	if doc.More > 0 {
		fmt.Fprintf(w, "and %s\n", cli.Plural(doc.More, "reason more", "reasons more"))
	}
	for _, s := range doc.LeftOut {
		text := "in quarantine, left out"
		if s.Until != nil {
			text += " until " + s.Until.Format("2006-01-02")
		}
		cli.Row(w, "quarantine", s.Name, fmt.Sprintf("%s:%d", s.Path, s.Line), text)
	}
	fmt.Fprintf(w, "%s: %d of %s proven\n", doc.Verdict, doc.Proven, cli.Plural(doc.Scenarios, "scenario", "scenarios"))
}

func writeReason(w io.Writer, r *client.GateReason) {
	place := ""
	if r.Path != "" {
		place = fmt.Sprintf("%s:%d", r.Path, r.Line)
		if r.Row > 0 {
			place += fmt.Sprintf(", row %d", r.Row)
		}
	}
	issue := string(r.Issue)
	text := r.Message
	if r.Hint != "" {
		text += " (" + r.Hint + ")"
	}
	if place == "" {
		cli.Row(w, r.Rule, text)
		return
	}
	cli.Row(w, r.Rule, strings.TrimSpace(issue+" "+r.Name), place, text)
}
