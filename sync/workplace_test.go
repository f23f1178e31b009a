package sync

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/behavepro/behavepro/sync/gittest"
)

// workplace is a repository that people work on. It remembers all that was ever written there, as a server does that collects no garbage.
type workplace struct {
	*gittest.Repo
	rand     *rand.Rand
	url      string
	commits  map[string]workCommit // by SHA
	order    []string              // as they were made
	branches map[string]string
	named    int // branches so far
}

type workCommit struct {
	parents []string
	files   map[string]string // content by path
}

func newWorkplace(r *gittest.Repo, rand *rand.Rand) *workplace {
	o := &workplace{Repo: r, rand: rand, commits: map[string]workCommit{}, branches: map[string]string{}}
	o.commit("main", map[string]string{"README.md": "hello\n", "a.feature": o.text()})
	return o
}

// commit writes a commit with these files in all, and points a branch at it.
func (o *workplace) commit(branch string, files map[string]string, parents ...string) string {
	o.T.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "commit refs/heads/%s\nmark :1\ncommitter Shop Team <shop@example.com> %d +0000\ndata 1\nc\n", branch, 1_700_000_000+60*len(o.order))
	for i, p := range parents {
		fmt.Fprintf(&b, "%s %s\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	b.WriteString("deleteall\n")
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", path, len(files[path]), files[path])
	}
	b.WriteString("\nget-mark :1\n")
	sha := o.Input(b.String(), "fast-import", "--quiet", "--force")
	if _, again := o.commits[sha]; !again {
		o.order = append(o.order, sha)
	}
	o.commits[sha] = workCommit{parents, files}
	o.branches[branch] = sha
	return sha
}

func (o *workplace) point(branch, sha string) {
	o.T.Helper()
	o.Point(map[string]string{branch: sha})
	o.branches[branch] = sha
}

func (o *workplace) delete(branch string) {
	o.T.Helper()
	o.Point(map[string]string{branch: ""})
	delete(o.branches, branch)
}

func (o *workplace) branch() string { return pick(o.rand, slices.Sorted(maps.Keys(o.branches))) }

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// reach adds to reached the commits that tips reach.
func (o *workplace) reach(reached map[string]bool, tips ...string) {
	for stack := tips; len(stack) > 0; {
		sha := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !reached[sha] {
			reached[sha] = true
			stack = append(stack, o.commits[sha].parents...)
		}
	}
}

// change is one step of people's work.
func (o *workplace) change() string {
	branch := o.branch()
	switch o.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		tip := o.branches[branch]
		return fmt.Sprintf("commit %s on %s", o.commit(branch, o.edited(o.commits[tip].files), tip), branch)
	case 5:
		tip, other := o.branches[branch], o.branches[o.branch()]
		files := maps.Clone(o.commits[tip].files)
		maps.Copy(files, o.commits[other].files)
		return fmt.Sprintf("merge %s into %s: %s", other, branch, o.commit(branch, files, tip, other))
	case 6, 7:
		at := o.branches[branch]
		for range 3 {
			if parents := o.commits[at].parents; len(parents) > 0 {
				at = parents[0]
			}
		}
		o.point(branch, at)
		return fmt.Sprintf("force %s to %s", branch, o.branches[branch])
	case 8, 9:
		if branch == "main" {
			return ""
		}
		o.delete(branch)
		return "delete " + branch
	case 10:
		old := pick(o.rand, o.order)
		o.named++
		name := fmt.Sprintf("b%d", o.named)
		return fmt.Sprintf("commit %s on the new branch %s from %s", o.commit(name, o.edited(o.commits[old].files), old), name, old)
	default:
		o.named++
		name := fmt.Sprintf("b%d", o.named)
		o.point(name, pick(o.rand, o.order))
		return fmt.Sprintf("create %s at %s", name, o.branches[name])
	}
}

// edited writes, moves or deletes a file, or fills a folder with more files than one page of a feature tree has.
func (o *workplace) edited(old map[string]string) map[string]string {
	files := maps.Clone(old)
	names := []string{"a.feature", "b.feature", "shop/cart.feature", "shop/pay.feature", "deep/er/x.feature"}
	at := pick(o.rand, slices.Sorted(maps.Keys(files)))
	switch o.rand.IntN(24) {
	default:
		files[pick(o.rand, names)] = o.text()
	case 0, 1, 2, 3, 4, 5:
		text := files[at]
		delete(files, at)
		files[pick(o.rand, names)] = text
	case 6, 7, 8:
		delete(files, at)
	case 9:
		maps.DeleteFunc(files, func(path, _ string) bool { return strings.HasPrefix(path, "many/") })
	case 10:
		for n := range 140 {
			files[fmt.Sprintf("many/%d.feature", n)] = "Feature: many\n\n" + scenarioA
		}
	}
	files["README.md"] = fmt.Sprintf("commit %d\n", len(o.order))
	return files
}

// text is one of a few feature files, so that commits and repositories have many in common.
func (o *workplace) text() string {
	said := []string{
		scenarioA, scenarioB, scenarioC, "  @SHOP-2\n  Scenario: delta\n    Given ten\n",
		"  Scenario Outline: tiers\n    Given <tier>\n\n    Examples:\n      | tier |\n      | gold |\n      | tin  |\n",
	}
	which := 1 + o.rand.IntN(1<<len(said)-1)
	var b strings.Builder
	fmt.Fprintf(&b, "@SHOP-%d\nFeature: shop\n\n", which%3)
	for i, s := range said {
		if which&(1<<i) != 0 {
			b.WriteString(s + "\n")
		}
	}
	return b.String()
}
