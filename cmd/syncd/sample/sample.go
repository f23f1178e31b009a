package sample

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// What the sample is called.
const (
	Name                       = "shop/webstore"
	Project                    = behavepro.ProjectKey("SHOP")
	Issue   behavepro.IssueKey = "SHOP-12" // the story that shows most
)

// Sample is a repository and what its CI reported.
type Sample struct {
	Dir    string
	Builds []Build // oldest first
	Next   Build   // of the newest commit of main; it has not been sent
}

// Build is one build of a commit.
type Build struct {
	ID, URL, Branch string
	Commit          behavepro.SHA
	Jobs            []Job
}

// Job is one job of a build with its report.
type Job struct {
	Params  []behavepro.Param
	Started time.Time
	File    string // name of the report
	Report  []byte
	Sources map[string]behavepro.SHA // feature files of the checkout: blobs by path
}

// Make makes the repository in a folder, as it is at a time, and the reports of its builds.
func Make(ctx context.Context, dir string, now time.Time) (*Sample, error) {
	events, err := story()
	if err != nil {
		return nil, fmt.Errorf("read story: %w", err)
	}
	h, err := replay(events, now)
	if err != nil {
		return nil, fmt.Errorf("replay story: %w", err)
	}
	shas, err := h.write(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("write sample repository: %w", err)
	}
	s := &Sample{Dir: dir}
	for i := range h.builds {
		b, err := h.report(&h.builds[i], shas)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.builds[i].where, err)
		}
		s.Builds = append(s.Builds, b)
	}
	last := len(s.Builds) - 1
	s.Builds, s.Next = s.Builds[:last], s.Builds[last]
	return s, nil
}

// report runs a build's jobs.
func (h *history) report(b *build, shas []behavepro.SHA) (Build, error) {
	c := &h.commits[b.commit]
	out := Build{ID: b.id, URL: "https://ci.shop.example/webstore/" + b.id, Branch: b.branch, Commit: shas[b.commit]}
	write, ok := formats[b.format]
	if !ok {
		return out, fmt.Errorf("there is no format %q", b.format)
	}
	docs := h.documents(c)
	used := make([]bool, len(b.rules))
	for i, params := range strings.Split(b.jobs, ";") {
		job := Job{Started: b.at.Add(time.Duration(i) * 20 * time.Second), Sources: c.sources()}
		for _, p := range strings.Fields(params) {
			name, value, _ := strings.Cut(p, "=")
			job.Params = append(job.Params, behavepro.Param{Name: name, Value: value})
		}
		r := run{started: job.Started, files: c.files}
		for _, path := range slices.Sorted(maps.Keys(docs)) {
			r.features = append(r.features, runFeature(path, docs[path], strings.TrimSpace(params), b.rules, used))
		}
		job.File = fmt.Sprintf("build-%s-%d%s", b.id, i+1, suffixes[b.format])
		job.Report = write(&r)
		out.Jobs = append(out.Jobs, job)
	}
	if unused := slices.Index(used, false); unused >= 0 {
		return out, fmt.Errorf("nothing is meant by %+v", b.rules[unused])
	}
	return out, nil
}

// documents are the features of a commit that a runner can read: it leaves broken ones out.
func (h *history) documents(c *commit) map[string]*gherkin.Document {
	docs := map[string]*gherkin.Document{}
	for path, text := range c.files {
		if !strings.HasSuffix(path, ".feature") {
			continue
		}
		doc, known := h.parsed[text]
		if !known {
			doc = gherkin.Parse(path, []byte(text))
			h.parsed[text] = doc
		}
		if doc.Feature != nil && len(doc.Problems) == 0 {
			docs[path] = doc
		}
	}
	return docs
}

func (c *commit) sources() map[string]behavepro.SHA {
	blobs := map[string]behavepro.SHA{}
	for path, text := range c.files {
		if strings.HasSuffix(path, ".feature") {
			blobs[path] = blobSHA(text)
		}
	}
	return blobs
}

// order sorts cases by their lines.
func order(cases []testCase) {
	slices.SortStableFunc(cases, func(a, b testCase) int { return cmp.Compare(a.line, b.line) })
}
