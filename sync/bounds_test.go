package sync

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/jobs"
	"github.com/behavepro/behavepro/store/storetest"
	"github.com/behavepro/behavepro/sync/gittest"
)

// trees writes tree objects, all with one process of git.
type trees struct {
	r   *gittest.Repo
	in  io.WriteCloser
	out *bufio.Reader
}

func newTrees(r *gittest.Repo) *trees {
	r.T.Helper()
	cmd := exec.Command("git", "mktree", "--batch")
	cmd.Dir = r.Dir
	in, err := cmd.StdinPipe()
	if err != nil {
		r.T.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.T.Fatal(err)
	}
	r.T.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			r.T.Errorf("git mktree: %v", err)
		}
	})
	return &trees{r, in, bufio.NewReader(out)}
}

// tree writes a tree object of entries "MODE NAME SHA" and returns its SHA.
func (w *trees) tree(entries ...string) string {
	w.r.T.Helper()
	var text strings.Builder
	for _, e := range entries {
		f := strings.Fields(e)
		kind := "blob"
		if f[0] == "040000" {
			kind = "tree"
		}
		fmt.Fprintf(&text, "%s %s %s\t%s\n", f[0], kind, f[2], f[1])
	}
	_, err := io.WriteString(w.in, text.String()+"\n")
	if err != nil {
		w.r.T.Fatal(err)
	}
	sha, err := w.out.ReadString('\n')
	if err != nil {
		w.r.T.Fatal(err)
	}
	return strings.TrimSpace(sha)
}

// commitTree makes a tree the tip of main and returns the commit.
func commitTree(r *gittest.Repo, tree string) string {
	sha := r.Git("commit-tree", "-m", "a tree", tree)
	r.Git("update-ref", "refs/heads/main", sha)
	return sha
}

func blob(r *gittest.Repo, text string) string { return r.Input(text, "hash-object", "-w", "--stdin") }

func (b *bench) problems(id string) string {
	b.t.Helper()
	all, err := b.catalog.Problems(b.t.Context(), behavepro.RepositoryID(id))
	if err != nil {
		b.t.Fatal(err)
	}
	var text []string
	for _, p := range all {
		text = append(text, p.Path+": "+p.Message)
	}
	return strings.Join(text, "\n")
}

// TestDepthOfDirectories: 256 directories are read, one more is a problem that names the place; what lies above is there.
func TestDepthOfDirectories(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	file, tree := blob(r, cart), newTrees(r).tree
	deep := func(levels int) string {
		at := tree("100644 deep.feature " + file)
		for range levels {
			at = tree("040000 d " + at)
		}
		return commitTree(r, tree("040000 down "+at, "100644 top.feature "+file))
	}
	b := newBench(t)
	for levels, want := range map[int]string{deepestTree - 1: "", deepestTree: "directories nest deeper than 256"} {
		sha := deep(levels)
		id := fmt.Sprint("deep", levels)
		repo := b.add(id, r.Dir)
		b.sync(repo)
		names, problems := b.names(repo, sha), b.problems(id)
		if !strings.HasSuffix(names, "top.feature") || strings.Contains(names, "deep.feature") != (want == "") {
			t.Errorf("%d levels: read %.40s…", levels, names)
		}
		if !strings.Contains(problems, want) || (want == "") != (problems == "") {
			t.Errorf("%d levels: problems %q, want %q", levels, problems, want)
		}
	}
}

// TestBombOfTrees: trees that share their directories name 10^10 files, or 2^400 directories, with a few objects. What is within
// the bound is read, the place where it was hit is a problem, and the next commit is read as well.
func TestBombOfTrees(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	file, tree := blob(r, cart), newTrees(r).tree
	files := tree("100644 a.feature " + file)
	for range 10 {
		var ten []string
		for i := range 10 {
			ten = append(ten, fmt.Sprintf("040000 d%d %s", i, files))
		}
		files = tree(ten...)
	}
	dirs := tree("100644 a.txt " + file)
	for range 400 {
		dirs = tree("040000 a "+dirs, "040000 b "+dirs)
	}
	for name, bomb := range map[string]string{"files": files, "directories": dirs} {
		b := newBench(t)
		b.engine.bounds.brought = 1000
		sha := commitTree(r, tree("100644 a.feature "+file, "040000 bomb "+bomb))
		repo := b.add(name, r.Dir)
		b.sync(repo)
		got := strings.Fields(b.names(repo, sha))
		if len(got) == 0 || len(got) > 1000 || got[0] != "a.feature" {
			t.Errorf("%s: read %d files", name, len(got))
		}
		if p := b.problems(name); !strings.Contains(p, "more than 1000 feature files or directories") {
			t.Errorf("%s: problems %.200q", name, p)
		}
		sha = commitTree(r, tree("100644 a.feature "+blob(r, strings.Replace(cart, "Scenario", "\n  Scenario", 1)), "040000 bomb "+bomb))
		b.sync(repo)
		if again := strings.Fields(b.names(repo, sha)); len(again) == 0 || again[0] != "a.feature" {
			t.Errorf("%s: the next commit has %d files", name, len(again))
		}
	}
}

// TestFilesOfACommit is at the edge of what one commit may bring.
func TestFilesOfACommit(t *testing.T) {
	t.Parallel()
	for files, want := range map[int]string{5: "", 6: "f5.feature: the commit brings more than 5 feature files"} {
		r := gittest.New(t)
		for i := range files {
			r.Write(fmt.Sprintf("f%d.feature", i), cart)
		}
		sha := r.Commit("files")
		b := newBench(t)
		b.engine.bounds.brought = 5
		repo := b.add("r", r.Dir)
		b.sync(repo)
		if got := len(strings.Fields(b.names(repo, sha))); got != 5 {
			t.Errorf("%d files: %d were read", files, got)
		}
		if p := b.problems("r"); !strings.HasPrefix(p, want) || (want == "") != (p == "") {
			t.Errorf("%d files: problems %q, want %q", files, p, want)
		}
	}
}

// TestHugeTrees syncs a directory of a million entries, one of a million feature files, and feature files of 200 MB, in memory that
// does not grow with them.
func TestHugeTrees(t *testing.T) {
	testenv.OnlySlow(t)
	r := gittest.New(t)
	file, tree := blob(r, cart), newTrees(r).tree
	million := func(ending string) string {
		var text strings.Builder
		for i := range 1_000_000 {
			fmt.Fprintf(&text, "100644 blob %s\tf%07d%s\n", file, i, ending)
		}
		return r.Input(text.String(), "mktree")
	}
	big := blob(r, "Feature: big\n"+strings.Repeat("  Scenario: one\n    Given it\n", 200<<20/29))
	edge := blob(r, "Feature: a\n"+strings.Repeat("#", gherkin.MaxBlobBytes-11))
	for name, c := range map[string]struct {
		tree  string
		files int
		says  string
	}{
		"entries":       {tree("100644 a.feature "+file, "040000 many "+million(".txt")), 1, ""},
		"feature files": {million(".feature"), MaxBrought, "more than 100000 feature files"},
		"200 MB":        {tree("100644 big.feature "+big, "100644 edge.feature "+edge, "100644 good.feature "+file), 3, ""},
	} {
		b := newBench(t)
		sha := commitTree(r, c.tree)
		repo := b.add("r", r.Dir)
		b.sync(repo)
		if got := len(strings.Fields(b.names(repo, sha))); got != c.files {
			t.Errorf("%s: %d files, want %d", name, got, c.files)
		}
		if p := b.problems("r"); !strings.Contains(p, c.says) || (c.says == "") != (p == "") {
			t.Errorf("%s: problems %q, want %q", name, p, c.says)
		}
		if name == "200 MB" {
			docs, err := b.catalog.Documents(t.Context(), mustSHA(t, big), mustSHA(t, edge))
			if err != nil || len(docs[0].Problems) != 1 || !strings.Contains(docs[0].Problems[0].Message, "larger than 16 MB") || len(docs[1].Problems) != 0 {
				t.Errorf("%s: %v, %v", name, docs, err)
			}
		}
	}
}

// TestBoundsOfRepositories is at the edges of what a tenant and a repository may have.
func TestBoundsOfRepositories(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("one", "a.feature", cart)
	b := newBench(t)
	s := &Service{
		Engine: b.engine, Queue: jobs.New(storetest.NewStore(t, jobs.Kinds()...).Directory()), Most: 2,
		Catalogs: func(context.Context, behavepro.TenantID) (*catalog.Catalog, error) { return b.catalog, nil },
	}
	add := func(name string, patterns int) error {
		_, _, err := s.Add(t.Context(), behavepro.Change{}, behavepro.Local, NewRepository{
			URL: r.Dir, Name: name, Projects: []behavepro.ProjectKey{"SHOP"}, Branches: slices.Repeat([]string{"main"}, patterns), AllowLocal: true,
		})
		return err
	}
	for _, c := range []struct {
		what     string
		name     string
		patterns int
		kind     error
		says     string
	}{
		{"a name of 201 bytes", strings.Repeat("n", MaxName+1), 1, behavepro.ErrInvalid, "up to 200"},
		{"101 patterns", "p", MaxPatterns + 1, behavepro.ErrLimit, "more than 100 branch patterns"},
		{"a name of 200 bytes, and 100 patterns", strings.Repeat("n", MaxName), MaxPatterns, nil, ""},
		{"a name that is taken", strings.Repeat("n", MaxName), 1, behavepro.ErrExists, "already named"},
		{"the last repository", "last", 1, nil, ""},
		{"one more", "more", 1, behavepro.ErrLimit, "2 repositories are connected, and no more may be"},
	} {
		err := add(c.name, c.patterns)
		if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v saying %q", c.what, err, c.kind, c.says)
		}
	}

	b.catalog.Bound(1)
	if err := b.catalog.Measure(t.Context(), time.Unix(9_000_000_000, 0)); err != nil {
		t.Fatal(err)
	}
	all, err := b.catalog.Repositories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.trySync(all[0]); !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "--max-stored") {
		t.Errorf("a sync over the bound of what is stored: got %v", err)
	}
	if state, err := b.catalog.SyncState(t.Context(), all[0].ID); err != nil || state.Phase != "failed" || !strings.Contains(state.Hint, "--max-stored") {
		t.Errorf("its state is %+v, %v", state, err)
	}
}
