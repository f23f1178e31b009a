package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/sync/gittest"
)

// gitFiles is what git itself says of a commit's feature files.
func gitFiles(r *gittest.Repo, sha string) (want []indexedFile) {
	for line := range strings.SplitSeq(strings.TrimSuffix(r.Git("ls-tree", "-rz", sha), "\x00"), "\x00") {
		meta, path, _ := strings.Cut(line, "\t")
		f := strings.Fields(meta)
		regular := len(f) == 3 && (f[0] == "100644" || f[0] == "100755")
		if regular && (strings.HasSuffix(path, ".feature") || strings.HasSuffix(path, ".feature.md")) {
			want = append(want, indexedFile{Path: path, Blob: f[2]})
		}
	}
	slices.SortFunc(want, func(a, b indexedFile) int { return strings.Compare(a.Path, b.Path) })
	return want
}

// TestFilesEqualGit compares what is indexed of every commit of random histories with git ls-tree and git cat-file.
func TestFilesEqualGit(t *testing.T) {
	t.Parallel()
	for seed := range testenv.Rounds[uint64](1, 6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			made := r.History(seed, 120)
			reached, blobs := r.Git("rev-list", "--branches"), r.Blobs()
			want := map[string][]indexedFile{}
			for _, c := range made {
				if strings.Contains(reached, c.SHA) {
					want[c.SHA] = gitFiles(r, c.SHA)
				}
			}
			for _, mode := range gittest.Modes {
				t.Run(mode.String(), func(t *testing.T) {
					t.Parallel()
					b := newBench(t)
					repo := b.add("r", gittest.Serve(t, r.Dir, mode))
					b.sync(repo)
					checked := map[string]bool{}
					for sha, files := range want {
						checkCommit(t, b, repo, blobs, sha, files, checked)
					}
				})
			}
		})
	}
}

func checkCommit(t *testing.T, b *bench, repo *catalog.Repository, blobs map[string]string, sha string, want []indexedFile, checked map[string]bool) {
	t.Helper()
	got := b.files(repo, mustSHA(t, sha))
	seen := map[behavepro.Lineage]string{}
	for i := range got {
		if !checked[got[i].Blob] {
			checked[got[i].Blob] = true
			checkFile(t, b, blobs, got[i])
		}
		for _, l := range got[i].Lineages {
			if at, twice := seen[l]; twice {
				t.Errorf("%s: lineage %s is in %s and in %s", sha, l, at, got[i].Path)
			}
			seen[l] = got[i].Path
		}
		got[i].Lineages, got[i].Rows = nil, nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs from git (-git +indexed):\n%s", sha, diff)
	}
}

// checkFile compares the stored document with one parsed from what git itself says the blob holds.
func checkFile(t *testing.T, b *bench, blobs map[string]string, f indexedFile) {
	t.Helper()
	if strings.HasSuffix(f.Path, ".md") {
		return
	}
	content, there := blobs[f.Blob]
	if !there {
		t.Fatalf("%s: git has no blob %s", f.Path, f.Blob)
	}
	want := gherkin.Parse(f.Path, []byte(content))
	docs, err := b.catalog.Documents(t.Context(), mustSHA(t, f.Blob))
	if err != nil {
		t.Fatalf("%s: %v", f.Path, err)
	}
	if diff := cmp.Diff(want, docs[0]); diff != "" {
		t.Errorf("%s: stored document differs:\n%s", f.Path, diff)
	}
	scenarios, rows := 0, 0
	if want.Feature != nil {
		scenarios = len(want.Feature.Scenarios)
		for i := range want.Feature.Scenarios {
			for range gherkin.Rows(&want.Feature.Scenarios[i]) {
				rows++
			}
		}
	}
	if len(f.Lineages) != scenarios || len(f.Rows) != rows {
		t.Errorf("%s: %d lineages and %d rows, want %d and %d", f.Path, len(f.Lineages), len(f.Rows), scenarios, rows)
	}
}

// TestIdentityIgnoresOrder imports one history at once, commit by commit, in random orders and with branches in any order.
func TestIdentityIgnoresOrder(t *testing.T) {
	t.Parallel()
	for seed := range testenv.Rounds[uint64](1, 8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			made := r.History(seed+100, testenv.Rounds(36, 90))
			r.NoBranches()
			url := gittest.Serve(t, r.Dir, gittest.Modes[(seed+2)%3])
			b := newBench(t)
			forward, shuffled, once := b.add("forward", url), b.add("shuffled", url), b.add("once", url)
			step := func(repo *catalog.Repository, order []int, chunk int) {
				gone := map[string]string{}
				for some := range slices.Chunk(order, chunk) {
					branches := map[string]string{}
					for _, i := range some {
						name := fmt.Sprintf("x%d", i)
						branches[name], gone[name] = made[i].SHA, ""
					}
					r.Point(branches)
					b.sync(repo)
				}
				r.Point(gone)
			}
			order := make([]int, len(made))
			for i := range order {
				order[i] = i
			}
			step(forward, order, 1)
			random := slices.Clone(order)
			for i := range random {
				j := (i*37 + int(seed)*11) % len(random)
				random[i], random[j] = random[j], random[i]
			}
			step(shuffled, random, 7)
			step(once, order, len(order))
			for _, c := range made {
				sha := mustSHA(t, c.SHA)
				want := b.files(once, sha)
				for _, repo := range []*catalog.Repository{forward, shuffled} {
					if diff := cmp.Diff(want, b.files(repo, sha)); diff != "" {
						t.Fatalf("%s: identities of %s differ from those of one import:\n%s", c.SHA, repo.Name, diff)
					}
				}
			}
		})
	}
}
