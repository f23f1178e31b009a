package sync

import (
	"context"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// older makes what is stored of a repository look as if a parser had read it that saw one scenario of each file, and no tags.
func (b *bench) older(r *catalog.Repository, shas ...behavepro.SHA) {
	b.t.Helper()
	const view = "older"
	var changes []store.Change
	done := map[behavepro.SHA]bool{}
	for _, sha := range shas {
		for _, f := range b.files(r, sha) {
			blob := mustSHA(b.t, f.Blob)
			docs, err := b.catalog.Documents(b.t.Context(), blob)
			if err != nil {
				b.t.Fatal(err)
			}
			if doc := *docs[0]; !done[blob] {
				done[blob] = true
				feature := *doc.Feature
				feature.Tags, feature.Scenarios = nil, feature.Scenarios[:1]
				doc.Parser, doc.Feature = gherkin.ParserVersion-1, &feature
				changes = append(changes, b.catalog.DocumentChange(blob, &doc, catalog.DayOf(time.Now()), 1))
			}
		}
		commits, err := b.catalog.Commits(b.t.Context(), r.ID, r.View(), sha)
		if err != nil {
			b.t.Fatal(err)
		}
		changes = append(changes, b.catalog.CommitChange(r.ID, view, commits[0]))
	}
	out, err := b.catalog.Write(b.t.Context(), store.Durable, changes...)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, o := range out {
		if o.Result != store.Done {
			b.t.Fatalf("nothing became older: %v", out)
		}
	}
	head, err := b.catalog.Head(b.t.Context(), r.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	head.View = view
	if _, err := b.catalog.PutHead(b.t.Context(), r.ID, head); err != nil {
		b.t.Fatal(err)
	}
	if err := b.catalog.DropView(b.t.Context(), r.ID, r.View()); err != nil {
		b.t.Fatal(err)
	}
}

// scenarios counts those of the tip of main that readers see; problems those of its files.
func (b *bench) scenarios(r *catalog.Repository) (scenarios, problems int) {
	b.t.Helper()
	at, err := b.catalog.Resolve(b.t.Context(), r, "main")
	if err != nil {
		b.t.Fatal(err)
	}
	files, err := b.catalog.Files(b.t.Context(), at)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range files {
		problems += len(f.Problems)
		if feature := f.Feature(); feature != nil {
			scenarios += len(feature.Scenarios)
		}
	}
	return scenarios, problems
}

// TestNewerParserReadsAgain: what an older parser made of a repository is replaced by the next sync, for all commits at once, and ends
// as if the newer one had read it first. A commit that only results name stays.
func TestNewerParserReadsAgain(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			first := mustSHA(t, r.Commit("one", "a.feature", cart))
			r.Git("checkout", "-qb", "gone")
			tested := mustSHA(t, r.Commit("tested", "b.feature", feature3(scenarioA, scenarioB)))
			r.Git("checkout", "-q", "main")
			last := mustSHA(t, r.Commit("two", "a.feature", cart+"\n"+scenarioC, "c.feature", cart))
			b, scope, _ := faultyBench(t)
			repo := b.add("r", gittest.Serve(t, r.Dir, mode))
			b.sync(repo)
			push := &catalog.Push{ID: "p", Repository: repo.ID, Commit: tested, State: catalog.PushWaiting}
			if err := b.catalog.PutPush(t.Context(), push); err != nil {
				t.Fatal(err)
			}
			if mode == gittest.Partial { // others give nothing that no branch reaches: there the old reading would stay
				r.Git("branch", "-D", "gone")
				b.sync(repo)
			}
			want, files := dumpScope(t, scope), b.files(repo, tested)
			b.older(repo, first, last, tested)
			if scenarios, problems := b.scenarios(repo); scenarios != 0 || problems != 2 {
				t.Errorf("before: %d scenarios and %d problems: it proves nothing", scenarios, problems)
			}
			b.sync(repo)
			if scenarios, problems := b.scenarios(repo); scenarios != 5 || problems != 0 {
				t.Errorf("after: %d scenarios and %d problems, want 5 and none", scenarios, problems)
			}
			if got := dumpScope(t, scope); got != want {
				t.Errorf("what is stored differs:\n%s\nwant\n%s", got, want)
			}
			if got := b.files(repo, tested); len(got) != len(files) {
				t.Errorf("the tested commit has the files %v, want %v", got, files)
			}
			if left, err := b.catalog.MissingBlobs(t.Context(), []behavepro.SHA{mustSHA(t, files[0].Blob)}, catalog.DayOf(time.Now())); err != nil || len(left) > 0 {
				t.Errorf("still to be read: %v, %v", left, err)
			}
		})
	}
}

// TestReadingAgainWaits: the start of the daemon asks for reading again in the background; somebody who asks for a sync does not wait
// for that.
func TestReadingAgainWaits(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	sha := mustSHA(t, r.Commit("one", "a.feature", cart))
	b := newBench(t)
	repo := b.add("r", r.Dir)
	queue := jobs.New(storetest.NewStore(t, jobs.Kinds()...).Directory())
	s := &Service{
		Engine: b.engine, Queue: queue,
		Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return b.catalog, nil },
	}
	kinds := func() (kind string) {
		t.Helper()
		all, err := queue.List(t.Context(), func(j *jobs.Job) bool { return j.Kind == JobSync || j.Kind == JobImport })
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range all {
			kind += j.Kind
		}
		return kind
	}
	b.sync(repo)
	if err := s.Start(t.Context(), behavepro.Local); err != nil || kinds() != "" {
		t.Errorf("start: %v, asked for %q, want nothing", err, kinds())
	}
	b.older(repo, sha)
	if err := s.Start(t.Context(), behavepro.Local); err != nil || kinds() != JobImport {
		t.Errorf("start after an update: %v, asked for %q, want %q", err, kinds(), JobImport)
	}
	if err := s.Sync(t.Context(), behavepro.Local, repo.ID); err != nil || kinds() != JobSync {
		t.Errorf("a sync that somebody wants: %v, asked for %q, want %q", err, kinds(), JobSync)
	}
}
