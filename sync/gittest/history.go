package gittest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Made is a commit of a random history, with all its files.
type Made struct {
	SHA     string
	Parents []int
	Files   map[string]File
}

// File is a file of a commit: its mode and content (for a submodule, the SHA that it names).
type File struct{ Mode, Content string }

// History writes n random commits into the repository, with branches b0, b1, … at some of them and main at the last: edits,
// renames, moves, deletions, merges (criss-cross ones, too), copies, squashes, odd encodings, symlinks and submodules named *.feature,
// paths with spaces
// and non-ASCII.
func (r *Repo) History(seed uint64, n int) []Made {
	h := &history{rand: rand.New(rand.NewPCG(seed, 7)), n: n}
	h.make()
	r.Input(h.stream(), "fast-import", "--quiet", "--force", "--export-marks=marks")
	marks := map[string]string{}
	for line := range strings.Lines(r.read("marks")) {
		mark, sha, _ := strings.Cut(strings.TrimSpace(line), " ")
		marks[mark] = sha
	}
	for i := range h.commits {
		h.commits[i].SHA = marks[fmt.Sprintf(":%d", i+1)]
	}
	return h.commits
}

type history struct {
	rand    *rand.Rand
	n       int
	commits []Made
	unique  int
}

func (h *history) make() {
	h.commits = []Made{{Files: map[string]File{"README.md": {"100644", "hello\n"}}}}
	for len(h.commits) < h.n {
		// Mostly near the newest commits, so that lines of history grow.
		pick := func() int { return max(0, len(h.commits)-1-int(h.rand.ExpFloat64()*4)) }
		p := pick()
		c := Made{Parents: []int{p}, Files: maps.Clone(h.commits[p].Files)}
		if q := pick(); q != p && h.rand.IntN(4) == 0 {
			c.Parents = append(c.Parents, q)
			h.merge(c.Files, h.commits[q].Files)
		}
		if h.rand.IntN(40) == 0 {
			c.Parents = nil // a history of its own
		}
		if len(c.Parents) < 2 || h.rand.IntN(3) == 0 {
			for range 1 + h.rand.IntN(3) {
				h.change(c.Files)
			}
		}
		h.commits = append(h.commits, c)
	}
}

func (h *history) merge(ours, theirs map[string]File) {
	for _, path := range slices.Sorted(maps.Keys(theirs)) {
		if _, ok := ours[path]; !ok || h.rand.IntN(2) == 0 {
			if h.rand.IntN(8) > 0 {
				ours[path] = theirs[path]
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[path]; !ok && h.rand.IntN(4) == 0 {
			delete(ours, path)
		}
	}
}

var folders = []string{"", "features/", "features/shop cart/", "features/größe/", "src/deep/er/", "a/", "a/b/", "日本/"}

func (h *history) path(ext string) string {
	h.unique++
	return folders[h.rand.IntN(len(folders))] + fmt.Sprintf("f%d", h.unique) + ext
}

func (h *history) change(files map[string]File) {
	paths := slices.Sorted(maps.Keys(files))
	pick := func() string { return paths[h.rand.IntN(len(paths))] }
	switch h.rand.IntN(14) {
	case 0, 1, 2:
		files[h.path(".feature")] = File{"100644", h.feature()}
	case 3, 4, 5, 6:
		p := pick()
		if f := files[p]; strings.HasSuffix(p, ".feature") && strings.HasPrefix(f.Mode, "100") {
			files[p] = File{f.Mode, h.edit(f.Content)}
		}
	case 7, 8:
		p := pick()
		f := files[p]
		delete(files, p)
		if h.rand.IntN(2) == 0 {
			f.Content = h.edit(f.Content)
		}
		if f.Mode != "160000" {
			files[h.path(".feature")] = f
		}
	case 9:
		if len(paths) > 1 {
			delete(files, pick())
		}
	case 10:
		files[pick()+".copy.feature"] = files[pick()]
	case 11:
		files[h.path(".feature")] = File{"120000", "../target"}
	case 12:
		files[h.path(".feature")] = File{"160000", strings.Repeat("ab", 20)}
	default:
		odd := []string{
			"\ufeffFeature: BOM\r\n\r\n  Scenario: with CRLF\r\n    Given a step\r\n", "", "no gherkin here\n",
			"Feature: Latin \xe9\n  Scenario: caf\xe9\n    Given x\n",
			"# language: fr\nFonctionnalité: Panier\n  Scénario: vide\n    Soit un panier\n",
			"Feature: open\n  Scenario: a\n    Given x\n      \"\"\"\n  never closed\n",
		}
		files[h.path([]string{".feature", ".txt", ".feature.md"}[h.rand.IntN(3)])] = File{
			[]string{"100644", "100755"}[h.rand.IntN(2)],
			odd[h.rand.IntN(len(odd))],
		}
	}
	h.separate(files)
}

// separate drops files that stand where another path needs a directory.
func (h *history) separate(files map[string]File) {
	for path := range files {
		for dir := path; strings.Contains(dir, "/"); {
			dir = dir[:strings.LastIndex(dir, "/")]
			delete(files, dir)
		}
	}
}

func (h *history) feature() string {
	var b strings.Builder
	h.unique++
	fmt.Fprintf(&b, "@SHOP-%d\nFeature: F%d\n\n", 1+h.rand.IntN(30), h.unique)
	for range 1 + h.rand.IntN(5) {
		h.scenario(&b)
	}
	return b.String()
}

func (h *history) scenario(b *strings.Builder) {
	name := fmt.Sprintf("S%d", h.rand.IntN(12)) // names repeat, on purpose
	if h.rand.IntN(4) == 0 {
		fmt.Fprintf(
			b,
			"  @SHOP-%d\n  Scenario Outline: %s\n    Given <a> of %d\n\n    Examples:\n      | a | b |\n",
			1+h.rand.IntN(30),
			name,
			h.rand.IntN(50),
		)
		for range 1 + h.rand.IntN(4) {
			fmt.Fprintf(b, "      | %d | x |\n", h.rand.IntN(3))
		}
		b.WriteString("\n")
		return
	}
	fmt.Fprintf(b, "  Scenario: %s\n", name)
	for i := range 1 + h.rand.IntN(4) {
		fmt.Fprintf(b, "    Given step %c of kind %c\n", 'a'+rune(h.rand.IntN(6)), 'p'+rune(i))
	}
	b.WriteString("\n")
}

// edit changes a feature's text: a step, a name, an added or removed scenario.
func (h *history) edit(text string) string {
	blocks := strings.Split(text, "\n\n")
	i := h.rand.IntN(len(blocks))
	switch h.rand.IntN(5) {
	case 0:
		var b strings.Builder
		h.scenario(&b)
		return text + b.String()
	case 1:
		if len(blocks) > 2 {
			blocks = slices.Delete(blocks, i, i+1)
		}
	case 2:
		blocks[i] = strings.Replace(blocks[i], "Scenario: S", "Scenario: renamed S", 1)
	case 3:
		j := h.rand.IntN(len(blocks))
		blocks[i], blocks[j] = blocks[j], blocks[i]
	default:
		blocks[i] = strings.Replace(blocks[i], "step ", fmt.Sprintf("step%d ", h.rand.IntN(9)), 1)
	}
	return strings.Join(blocks, "\n\n")
}

// stream is the history for git fast-import.
func (h *history) stream() string {
	var b strings.Builder
	for i, c := range h.commits {
		fmt.Fprintf(
			&b,
			"commit refs/heads/scratch\nmark :%d\ncommitter Shop Team <shop@example.com> %d +0000\ndata 1\nc\n",
			i+1,
			1_700_000_000+i*60+h.rand.IntN(3)*100,
		)
		for j, p := range c.Parents {
			fmt.Fprintf(&b, "%s :%d\n", []string{"from", "merge"}[min(j, 1)], p+1)
		}
		if len(c.Parents) == 0 {
			b.WriteString("from 0000000000000000000000000000000000000000\n")
		}
		b.WriteString("deleteall\n")
		for _, path := range slices.Sorted(maps.Keys(c.Files)) {
			f := c.Files[path]
			if f.Mode == "160000" {
				fmt.Fprintf(&b, "M 160000 %s %s\n", f.Content, quotePath(path))
				continue
			}
			fmt.Fprintf(&b, "M %s inline %s\ndata %d\n%s\n", f.Mode, quotePath(path), len(f.Content), f.Content)
		}
		b.WriteString("\n")
		if i%9 == 0 {
			fmt.Fprintf(&b, "reset refs/heads/b%d\nfrom :%d\n\n", i/9, i+1)
		}
	}
	fmt.Fprintf(&b, "reset refs/heads/main\nfrom :%d\n\nreset refs/heads/scratch\nfrom :%d\n\n", len(h.commits), len(h.commits))
	return b.String()
}

func quotePath(p string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p) + `"`
}
