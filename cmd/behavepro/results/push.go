package results

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/results/report"
)

type pushOptions struct {
	*factory.Factory
	args       []string
	repo       string
	commit     string
	buildID    string
	buildURL   string
	branch     string
	attempt    int
	run        string
	shard      string
	params     []string
	wait       time.Duration
	strict     bool
	allowEmpty bool
	dryRun     bool
	format     string
	key        string
}

const exitHelpPush = `Exit codes:
  0    stored (a warning is printed where results wait for their commit); with --dry-run: accounted for
  1    failed
  2    wrong use: flags, arguments, or no report found (unless --allow-empty)
  3    stored, but with --strict: something is unmatched, ambiguous, unreadable or waiting
  4    not authorised: no token, or one that may not do this
  130  interrupted
Failing tests in a report do not change the exit code.`

// errStrict says that something was stored that --strict does not accept.
var errStrict = cli.ErrorWithCode(cli.ExitStrict, "not every result was matched, and --strict was given")

func newCmdPush(f *factory.Factory, runF func(context.Context, *pushOptions) error) *cobra.Command {
	o := &pushOptions{Factory: f}
	cmd := &cobra.Command{
		Use:         "push [FILE|DIR|GLOB...]",
		Short:       "Send the results of CI for a commit",
		Annotations: cli.ExitCodes(exitHelpPush),
		Long: cli.Text(`
			Reads Cucumber Messages, Cucumber JSON, JUnit XML, TRX, NUnit and xUnit XML, TestExecution.json, and the JSON of Behat,
			Serenity, Karate and godog, told apart by their content, and prints how every result ended; --format forces one.
			Folders are searched for reports (*.json, *.ndjson, *.xml, *.trx, *.karate-json.txt, and each with .gz; not in .git and
			node_modules); without arguments the working directory is. Of a zip archive that is named, its reports are read. No
			symbolic link is followed.
			The commit is that of --commit, else of the CI's environment (on a pull request the head of its branch), else of
			git rev-parse HEAD; which one decided is printed. --dry-run needs no server: it matches against the Git repository
			around the working directory. A push that is sent twice counts once. Without a token the ID token of a job of GitHub
			Actions (permissions: id-token: write) or GitLab CI (BEHAVEPRO_ID_TOKEN) is used.`),
		Example: cli.Examples(`
			behavepro results push 'target/**/cucumber.json'
			behavepro results push reports --param Os=Linux --param JVM=17
			behavepro results push --dry-run report.json
			behavepro results push junit.xml --commit 3f2a1bc --strict`),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			if o.attempt < 0 || o.wait < 0 {
				return cli.Usagef("--attempt and --wait cannot be negative")
			}
			if err := report.CheckFormat(o.format); err != nil {
				return cli.Usagef("--format: %w", err)
			}
			if _, _, err := parseShard(o.shard); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return pushRun(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.repo, "repo", "", "name of the repository (default: by the checkout's origin, or the only one)")
	flags.StringVar(&o.commit, "commit", "", "commit that was tested (default: from the CI's environment, else HEAD)")
	flags.StringVar(&o.buildID, "build-id", "", "id of the build (default: from the CI's environment)")
	flags.StringVar(&o.buildURL, "build-url", "", "address of the build (default: from the CI's environment)")
	flags.StringVar(&o.branch, "branch", "", "branch that was built (default: from the CI's environment)")
	flags.IntVar(&o.attempt, "attempt", 0, "how often this build was tried, from 1 (default: from the CI's environment)")
	flags.StringArrayVar(&o.params, "param", nil, "name=value of a matrix job; repeatable, the order counts for people")
	flags.StringVar(&o.run, "run", "", "name that puts the pushes of one run together")
	flags.StringVar(&o.shard, "shard", "", "which part of a run this is: N/M, or a name where it is not known how many there are")
	flags.DurationVar(&o.wait, "wait", 60*time.Second, "how long to wait for a commit that the server has not seen yet")
	flags.BoolVar(&o.strict, "strict", false, "exit 3 where something is unmatched, ambiguous, unreadable or waiting")
	flags.BoolVar(&o.allowEmpty, "allow-empty", false, "succeed where there is no report")
	flags.BoolVar(&o.dryRun, "dry-run", false, "match against the local Git repository; send nothing")
	flags.StringVar(
		&o.format,
		"format",
		"",
		"read all reports as this format: "+strings.Join(report.FormatWords(), ", ")+" (default: told by their content)",
	)
	flags.StringVar(&o.key, "idempotency-key", "", "name of this push: one with the same name counts once (default: made of the content)")
	return cmd
}

func pushRun(ctx context.Context, o *pushOptions) error {
	dir, err := o.Dir()
	if err != nil {
		return fmt.Errorf("find working directory: %w", err)
	}
	params, err := parseParams(o.params)
	if err != nil {
		return err
	}
	finder := &finder{dir: dir, note: o.Note, format: o.format}
	if err := finder.find(ctx, o.args); err != nil {
		return err
	}
	if len(finder.found) == 0 && !o.allowEmpty {
		return cli.Usagef("no report was found in %s (--allow-empty accepts that)", strings.Join(cli.Paths(o.args), ", "))
	}
	d, err := o.decide(ctx, dir)
	if err != nil {
		return err
	}
	o.Note("results of commit %s, from %s", d.push.Commit, d.decided)
	d.push.Params, d.push.Format = params, o.format
	var acc client.Accounting
	switch {
	case len(finder.found) == 0:
		acc = emptyAccounting(d.push)
		o.Note("no report was found; nothing was sent")
	case o.dryRun:
		acc, err = dryRun(ctx, d, o.format, finder.found)
	default:
		acc, err = o.send(ctx, d, finder)
	}
	if err != nil {
		return err
	}
	if err := o.Print(acc, func(w io.Writer) { writeAccounting(w, &acc) }); err != nil {
		return err
	}
	if acc.State == client.StateWaiting {
		o.Note(
			"stored; the server has not seen commit %s yet and will match these results when it arrives "+
				"(was it pushed? `behavepro repos show` tells how the last sync ended)",
			acc.Commit.Short(),
		)
	}
	if n := len(acc.Unreadable); n > 0 {
		o.Note(
			"%s could not be read to the end; what was read counts "+
				"(see whether the test runner ended by itself, and whether its format is one that `behavepro results push --help` lists)",
			cli.Plural(n, "report", "reports"),
		)
	}
	if o.strict && acc.Unmatched+acc.Ambiguous+acc.Waiting+len(acc.Unreadable) > 0 {
		return errStrict
	}
	return nil
}

// send pushes to the server and waits for the commit as long as --wait says.
func (o *pushOptions) send(ctx context.Context, d *decision, finder *finder) (client.Accounting, error) {
	c, keyless, err := o.JobClient(ctx, factory.RetryLong)
	if err != nil {
		return client.Accounting{}, err
	}
	defer c.Close()
	if keyless {
		o.Note(factory.NoteKeyless)
		d.showMerge(ctx)
	}
	const longest = 60 * time.Second // what the server holds a request for
	deadline := o.Now().Add(o.wait)
	d.push.Repository, d.push.Run, d.push.Started = o.repo, o.run, o.Now()
	if d.push.Shard, d.push.Shards, err = parseShard(o.shard); err != nil {
		return client.Accounting{}, err
	}
	d.push.WaitSeconds = int(min(o.wait, longest) / time.Second)
	bar := o.NewBar(finder.size)
	var evidence attachments
	acc, err := c.PushResults(ctx, client.Upload{Push: d.push, Files: evidence.split(finder.found, bar.Add), IdempotencyKey: o.key})
	bar.End()
	if err == nil {
		err = o.sendAttachments(ctx, c, &evidence, acc.ID)
	}
	for err == nil && acc.State == client.StateWaiting {
		left := deadline.Sub(o.Now())
		if left < time.Second {
			break
		}
		acc, err = c.PushStatus(ctx, acc.ID, min(left, longest))
	}
	return acc, err
}

// parseShard reads N/M or a name.
func parseShard(text string) (name string, of int, err error) {
	at, all, ok := strings.Cut(text, "/")
	if !ok {
		return text, 0, nil
	}
	n, nErr := strconv.Atoi(at)
	of, ofErr := strconv.Atoi(all)
	if nErr != nil || ofErr != nil || n < 1 || n > of {
		return "", 0, cli.Usagef("--shard %q is not N/M with N from 1 to M, and no name: names have no /", text)
	}
	return strconv.Itoa(n), of, nil
}

// parseParams reads name=value words in their order.
func parseParams(words []string) ([]behavepro.Param, error) {
	var params []behavepro.Param
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok || name == "" {
			return nil, cli.Usagef("--param %q is not name=value", word)
		}
		params = append(params, behavepro.Param{Name: name, Value: value})
	}
	return params, nil
}

func emptyAccounting(push client.Push) client.Accounting {
	return client.Accounting{
		Commit: push.Commit, TestedCommit: testedOrNull(push), State: client.StateMatched,
		Results: []client.Result{}, Unreadable: []client.UnreadableFile{}, Notes: []string{},
	}
}

func testedOrNull(push client.Push) *behavepro.SHA {
	if push.TestedCommit.IsZero() || push.TestedCommit == push.Commit {
		return nil
	}
	return &push.TestedCommit
}
