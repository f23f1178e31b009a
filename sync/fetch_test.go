package sync

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/outbound"
	"github.com/behavepro/behavepro/sync/gittest"
)

const cart = "@SHOP-1\nFeature: Cart\n\n  Scenario: empty\n    Given an empty cart\n    Then it costs 0\n\n  Scenario: one item\n    Given a kettle\n    Then it costs 39.90\n"

// names lists the paths of a commit's feature files.
func (b *bench) names(r *catalog.Repository, sha string) string {
	var paths []string
	for _, f := range b.files(r, mustSHA(b.t, sha)) {
		paths = append(paths, f.Path)
	}
	return strings.Join(paths, " ")
}

// TestWithheldBlobs: content that the server thinks we have, because commits with it were fetched, is still read.
func TestWithheldBlobs(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			r.Commit("one", "notes/cart.txt", cart, "a/x.feature", "Feature: x\n  Scenario: s\n    Given y\n")
			b := newBench(t)
			repo := b.add("r", gittest.Serve(t, r.Dir, mode), func(r *catalog.Repository) { r.Path = "notes" })
			b.sync(repo)

			// A rename into .feature: its blob came, if at all, with the first commit.
			r.Git("mv", "notes/cart.txt", "notes/cart.feature")
			second := r.Commit("two")
			b.sync(repo)
			if got, want := b.names(repo, second), "notes/cart.feature"; got != want {
				t.Errorf("after a rename into .feature: got %q, want %q", got, want)
			}

			// A wider path: a/x.feature was never asked for.
			repo.Path = ""
			if err := b.catalog.PutRepository(t.Context(), repo); err != nil {
				t.Fatal(err)
			}
			b.sync(repo)
			if got, want := b.names(repo, second), "a/x.feature notes/cart.feature"; got != want {
				t.Errorf("after a wider path: got %q, want %q", got, want)
			}
		})
	}
}

func TestFollowsBranches(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	first := r.Commit("one", "a.feature", cart)
	r.Git("branch", "release/1")
	r.Git("branch", "old")
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo)
	refs := func() string {
		head, err := b.catalog.Head(t.Context(), repo.ID)
		if err != nil {
			t.Fatal(err)
		}
		all, err := b.catalog.Refs(t.Context(), repo.ID, head.RefSet)
		if err != nil {
			t.Fatal(err)
		}
		out := head.Default + ":"
		for _, ref := range all {
			out += " " + ref.Name + "=" + ref.SHA.Short()
		}
		return out
	}
	if got, want := refs(), "main: main="+first[:7]+" old="+first[:7]+" release/1="+first[:7]; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Git("branch", "-D", "old")
	r.Git("commit", "--amend", "-qm", "rewritten")
	forced := r.Git("rev-parse", "HEAD")
	b.sync(repo)
	if got, want := refs(), "main: main="+forced[:7]+" release/1="+first[:7]; got != want {
		t.Errorf("after a force-push and a deleted branch: got %q, want %q", got, want)
	}
	repo.Branches = []string{"release/*"}
	if err := b.catalog.PutRepository(t.Context(), repo); err != nil {
		t.Fatal(err)
	}
	b.sync(repo)
	if got, want := refs(), "release/1: release/1="+first[:7]; got != want {
		t.Errorf("with a pattern: got %q, want %q", got, want)
	}
	repo.Branches = []string{"nothing-*"}
	if err := b.catalog.PutRepository(t.Context(), repo); err != nil {
		t.Fatal(err)
	}
	if err := b.trySync(repo); !errors.Is(err, behavepro.ErrNotFound) || !strings.Contains(err.Error(), "none of 2 branches") {
		t.Errorf("a pattern that matches nothing: got %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	empty := gittest.New(t)
	sha256 := &gittest.Repo{T: t, Dir: t.TempDir()}
	sha256.Git("init", "-q", "-b", "main", "--object-format=sha256")
	sha256.Commit("one", "a.feature", cart)
	locked := gittest.New(t)
	locked.Commit("one", "a.feature", cart)
	lockedURL := gittest.ServeWith(t, locked.Dir, gittest.Partial, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if u, p, _ := r.BasicAuth(); u != "u" || p != "right" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	page := gittest.ServeWith(t, locked.Dir, gittest.Partial, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	})
	b := newBench(t)
	cases := map[string]struct {
		url  string
		cred catalog.Credential
		kind error
		says string
	}{
		"empty":            {gittest.Serve(t, empty.Dir, gittest.Partial), catalog.Credential{}, behavepro.ErrNotFound, "empty"},
		"sha-256":          {gittest.Serve(t, sha256.Dir, gittest.Partial), catalog.Credential{}, behavepro.ErrUnsupported, "SHA-256 repositories are not supported"},
		"no credential":    {lockedURL, catalog.Credential{}, behavepro.ErrUnauthenticated, "401"},
		"wrong credential": {lockedURL, catalog.Credential{User: "u", Token: behavepro.NewSecret("wrong")}, behavepro.ErrForbidden, "401"},
		"a web page":       {page, catalog.Credential{}, behavepro.ErrInvalid, "did not answer as a Git repository"},
		"unknown host":     {"https://no-such-host.invalid/x", catalog.Credential{}, behavepro.ErrNotFound, "unknown host"},
		"empty, local":     {empty.Dir, catalog.Credential{}, behavepro.ErrNotFound, "empty"},
		"a folder":         {t.TempDir(), catalog.Credential{}, behavepro.ErrNotFound, "no Git repository in"},
		"no such path":     {filepath.Join(t.TempDir(), "none"), catalog.Credential{}, behavepro.ErrNotFound, "no repository at"},
	}
	for name, c := range cases {
		a, _, _, err := ParseAddress(c.url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.engine.Check(t.Context(), a, c.cred)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v saying %q", name, err, c.kind, c.says)
		}
	}
	a, _, _, _ := ParseAddress(lockedURL)
	if n, err := b.engine.Check(t.Context(), a, catalog.Credential{User: "u", Token: behavepro.NewSecret("right")}); n != 1 || err != nil {
		t.Errorf("right credential: %d branches, %v", n, err)
	}
	strict, err := NewEngine(Options{Data: t.TempDir(), Outbound: outbound.Policy{}, LocalRoot: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{lockedURL, "https://127.0.0.1:1/x", locked.Dir, "https://[::ffff:169.254.169.254]/x"} {
		a, _, _, err := ParseAddress(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := strict.Check(t.Context(), a, catalog.Credential{}); !errors.Is(err, behavepro.ErrRefused) {
			t.Errorf("%s: got %v, want refused", url, err)
		}
	}
}

// TestMirrorIsACache: a mirror that was deleted, cut or grown is made anew, and nothing is lost.
func TestMirrorIsACache(t *testing.T) {
	t.Parallel()
	for _, mode := range []gittest.Mode{gittest.Neither, gittest.Partial} {
		r := gittest.New(t)
		r.Commit("one", "a.feature", cart)
		b := newBench(t)
		repo := b.add("r", gittest.Serve(t, r.Dir, mode))
		b.sync(repo)
		dir := mirrorDir(b.engine.options.Data, repo.ID)

		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		second := r.Commit("two", "b.feature", cart)
		b.sync(repo)
		if got := b.names(repo, second); got != "a.feature b.feature" {
			t.Errorf("%v: after the mirror was deleted: %q", mode, got)
		}

		packs, _ := filepath.Glob(filepath.Join(dir, "objects", "pack", "*.pack"))
		for _, p := range packs {
			if err := os.Truncate(p, 40); err != nil {
				t.Fatal(err)
			}
		}
		third := r.Commit("three", "deep/c.feature", cart)
		b.sync(repo)
		if got := b.names(repo, third); got != "a.feature b.feature deep/c.feature" {
			t.Errorf("%v: after the mirror was cut: %q", mode, got)
		}
	}
}

func TestMirrorIsRebuiltOverFiftyPacks(t *testing.T) {
	t.Parallel()
	testenv.OnlySlow(t)
	r := gittest.New(t)
	made := r.History(9, 54)
	r.NoBranches()
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	last := ""
	for _, c := range made {
		last = c.SHA
		r.Point(map[string]string{"main": last})
		b.sync(repo)
	}
	packs, _ := filepath.Glob(filepath.Join(mirrorDir(b.engine.options.Data, repo.ID), "objects", "pack", "*.pack"))
	if len(packs) == 0 || len(packs) > 5 {
		t.Errorf("%d packs after a rebuild", len(packs))
	}
	got := b.files(repo, mustSHA(t, last))
	for i := range got {
		got[i].Lineages, got[i].Rows = nil, nil
	}
	if diff := cmp.Diff(gitFiles(r, last), got); diff != "" {
		t.Errorf("after the rebuild (-git +indexed):\n%s", diff)
	}
}

// TestNothingInTheClear looks for what people wrote everywhere below the data folder, raw and inside Git objects.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	const inFeature, beside = "canary-sings-in-a-scenario", "canary-sings-in-source-code"
	for _, mode := range gittest.Modes {
		r := gittest.New(t)
		r.Commit("one", "a.feature", "Feature: a\n  Scenario: "+inFeature+"\n    Given "+inFeature+"\n", "main.go", "// "+beside+"\n")
		b := newBench(t)
		repo := b.add("r", gittest.Serve(t, r.Dir, mode))
		b.sync(repo)
		err := filepath.WalkDir(b.engine.options.Data, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if bytes.Contains(raw, []byte("canary")) {
				t.Errorf("%v: %s holds a canary", mode, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		dir := mirrorDir(b.engine.options.Data, repo.ID)
		out, err := exec.Command("git", "--git-dir", dir, "cat-file", "--batch-check", "--batch-all-objects").Output()
		if err != nil || len(out) == 0 {
			t.Fatalf("git cannot read the mirror: %v", err)
		}
		if strings.Contains(string(out), " blob ") {
			t.Errorf("%v: the mirror holds a blob:\n%s", mode, out)
		}
	}
}

// TestLocalPath reads a repository of this machine, with and without a work tree or a whole history.
func TestLocalPath(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("one", "a.feature", cart)
	bare := t.TempDir()
	r.Git("clone", "-q", "--bare", r.Dir, bare)
	b := newBench(t)
	shallow := t.TempDir()
	r.Commit("two")
	sha := r.Commit("three")
	r.Git("clone", "-q", "--depth", "2", "file://"+r.Dir, shallow)
	r.Git("--git-dir", bare, "fetch", "-q", "origin", "main:main")
	for _, dir := range []string{r.Dir, bare, shallow} {
		repo := b.add(filepath.Base(dir), dir)
		b.sync(repo)
		if got := b.names(repo, sha); got != "a.feature" {
			t.Errorf("%s: %q", dir, got)
		}
	}
}

// TestCommitWithoutBranch: results may name a commit that no branch leads to any more.
func TestCommitWithoutBranch(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	first := r.Commit("one", "a.feature", cart)
	lost := r.Commit("lost", "b.feature", cart)
	r.Git("reset", "-q", "--hard", first)
	b := newBench(t)
	repo := b.add("r", gittest.Serve(t, r.Dir, gittest.Partial))
	b.sync(repo, mustSHA(t, lost), mustSHA(t, strings.Repeat("12", 20)))
	if got := b.names(repo, lost); got != "a.feature b.feature" {
		t.Errorf("commit without a branch: %q", got)
	}
}

// TestWantedIsNoCommit: results may name what is no commit of the repository. It stays unknown, and ends no sync.
func TestWantedIsNoCommit(t *testing.T) {
	t.Parallel()
	for _, mode := range gittest.Modes {
		r := gittest.New(t)
		first := r.Commit("one", "a.feature", cart)
		r.Git("tag", "-am", "annotated", "v1")
		here := []string{first + "^{tree}", first + ":a.feature", "v1"}
		b := newBench(t)
		repo := b.add("r", gittest.Serve(t, r.Dir, mode))
		b.sync(repo)
		// Of a branch that is gone: nothing leads to these.
		r.Git("checkout", "-qb", "gone")
		lost := r.Commit("lost", "sub/b.feature", cart+"# other\n")
		r.Git("tag", "-am", "annotated", "v2")
		r.Git("checkout", "-q", "main")
		r.Git("branch", "-q", "-D", "gone")
		second := r.Commit("two", "c.feature", cart)
		for _, name := range append(here, lost+"^{tree}", lost+":sub/b.feature", "v2") {
			sha := mustSHA(t, r.Git("rev-parse", name))
			for range 2 {
				if err := b.trySync(repo, sha); err != nil {
					t.Errorf("%v: asked for %s: %v", mode, name, err)
				}
			}
			if commits, err := b.catalog.Commits(t.Context(), repo.ID, repo.View(), sha); err != nil || commits[0] != nil {
				t.Errorf("%v: asked for %s: it is a commit now, %v", mode, name, err)
			}
		}
		if got := b.names(repo, second); got != "a.feature c.feature" {
			t.Errorf("%v: read %q", mode, got)
		}
	}
}
