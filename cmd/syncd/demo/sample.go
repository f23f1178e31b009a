package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/syncd/sample"
	"github.com/behavepro/behavepro/server"
)

// sampleSource is the webshop.
type sampleSource struct{}

func (*sampleSource) configure(c *server.Config, folder string) { c.LocalRoot = folder }

// show makes the repository, connects it, sends the reports of its builds, and keeps one report for the reader to send.
func (s *sampleSource) show(ctx context.Context, d *Demo) (*shown, error) {
	d.Note("making the sample repository …")
	dir := filepath.Join(d.folder, "webstore")
	made, err := sample.Make(ctx, dir, d.Now())
	if err != nil {
		return nil, err
	}
	repo, err := d.add(ctx, client.AddRepository{URL: dir, Name: sample.Name, Projects: []behavepro.ProjectKey{sample.Project}})
	if err != nil {
		return nil, err
	}
	if _, err := d.imported(ctx, repo); err != nil {
		return nil, err
	}
	d.Note("sending the results of %d builds …", len(made.Builds))
	if err := d.sendBuilds(ctx, made.Builds); err != nil {
		return nil, err
	}
	files, err := keepReports(d.folder, &made.Next)
	if err != nil {
		return nil, err
	}
	out := &shown{
		repository: sample.Name, folder: dir, issue: sample.Issue,
		push: append(
			[]string{"--repo", sample.Name, "--commit", made.Next.Commit.String(), "--build-id", made.Next.ID, "--build-url", made.Next.URL},
			files...),
		pushText: "The newest commit has no results yet. Send those of a job of its build, and load the page again:",
	}
	d.Note("installing the app into a pretended Jira …")
	if out.jiraURL, err = d.showInJira(ctx, sample.Issue); err != nil {
		return nil, err
	}
	return out, out.links(ctx, d, repo.ID)
}

// sendBuilds pushes as the command does: through the API, a job at a time as several machines of CI would.
func (d *Demo) sendBuilds(ctx context.Context, builds []sample.Build) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i := range builds {
		for k := range builds[i].Jobs {
			group.Go(func() error {
				acc, err := d.client.PushResults(ctx, upload(&builds[i], &builds[i].Jobs[k]))
				if err == nil && acc.Matched+acc.RetryOf != acc.Read {
					err = fmt.Errorf("%d of %d results belong to no scenario", acc.Read-acc.Matched-acc.RetryOf, acc.Read)
				}
				if err != nil {
					return fmt.Errorf("send build %s: %w", builds[i].ID, err)
				}
				return nil
			})
		}
	}
	return group.Wait()
}

func upload(b *sample.Build, job *sample.Job) client.Upload {
	push := client.Push{
		Repository: sample.Name, Commit: b.Commit, Params: job.Params, Build: b.ID, BuildURL: b.URL, Branch: b.Branch, Attempt: 1,
		Started:     job.Started,
		WaitSeconds: 10,
	}
	for _, path := range slices.Sorted(maps.Keys(job.Sources)) {
		push.Sources = append(push.Sources, client.Source{Path: path, Blob: job.Sources[path]})
	}
	return client.Upload{Push: push, Files: []client.ReportFile{{
		Name: job.File, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(job.Report)), nil },
	}}}
}

// keepReports writes the report of a build's first job, and returns what a push of it is called with.
func keepReports(folder string, b *sample.Build) ([]string, error) {
	job := &b.Jobs[0]
	path := filepath.Join(folder, job.File)
	if err := os.WriteFile(path, job.Report, 0o600); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	var args []string
	for _, p := range job.Params {
		args = append(args, "--param", p.Name+"="+p.Value)
	}
	return append(args, path), nil
}
