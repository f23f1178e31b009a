//go:build bench

package bench

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/sync/gittest"
)

// stream is a git fast-import under way: files of any size, quickly.
type stream struct {
	t       testing.TB
	dir     string
	out     *bufio.Writer
	in      io.Closer
	cmd     *exec.Cmd
	commits int
}

// newRepo begins a bare repository.
func newRepo(t testing.TB) *stream {
	t.Helper()
	s := &stream{t: t, dir: filepath.Join(t.TempDir(), "repo.git")}
	git(t, "", "init", "-q", "--bare", "-b", "main", s.dir)
	s.open()
	return s
}

func (s *stream) open() {
	s.t.Helper()
	s.cmd = exec.Command("git", "--git-dir", s.dir, "fast-import", "--quiet", "--force")
	s.cmd.Env, s.cmd.Stderr = append(os.Environ(), gittest.Env(0)...), os.Stderr
	in, err := s.cmd.StdinPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatalf("git fast-import: %v", err)
	}
	s.in, s.out = in, bufio.NewWriterSize(in, 1<<20)
}

// commit adds a commit to a branch; from is a mark (:n) or a ref, "" the branch itself. Files are path, content, ….
func (s *stream) commit(branch, from string, files ...string) {
	s.commits++
	fmt.Fprintf(s.out, "commit refs/heads/%s\nmark :%d\ncommitter Shop Team <shop@example.com> %d +0000\ndata 1\nc\n", branch, s.commits, 1_700_000_000+60*s.commits)
	if from != "" {
		fmt.Fprintf(s.out, "from %s\n", from)
	}
	for i := 0; i < len(files); i += 2 {
		fmt.Fprintf(s.out, "M 100644 inline %s\ndata %d\n%s\n", files[i], len(files[i+1]), files[i+1])
	}
	s.out.WriteByte('\n')
}

// ref points a branch at a commit of the stream.
func (s *stream) ref(branch string, mark int) {
	fmt.Fprintf(s.out, "reset refs/heads/%s\nfrom :%d\n\n", branch, mark)
}

// close ends the import and returns the repository's folder.
func (s *stream) close() string {
	s.t.Helper()
	if err := s.out.Flush(); err != nil {
		s.t.Fatalf("git fast-import: %v", err)
	}
	_ = s.in.Close()
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("git fast-import: %v", err)
	}
	return s.dir
}

// git runs git and returns its output without the last newline.
func git(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Stdin, cmd.Env = strings.NewReader(stdin), append(os.Environ(), gittest.Env(1_800_000_000)...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, text)
	}
	return strings.TrimSuffix(string(text), "\n")
}

// featureText has n scenarios; key says which issue each links to, and version makes the text differ.
func featureText(name string, n, version int, key func(i int) int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Feature: %s\n", name)
	for i := range n {
		fmt.Fprintf(&b, "\n  @SHOP-%d\n  Scenario: Scenario %d of %s\n", key(i), i, name)
		fmt.Fprintf(&b, "    Given a customer of %s with %d articles in the cart\n    And the shop of the town is open until %d\n", name, i, i+version)
		fmt.Fprintf(&b, "    When the customer pays article %d by card\n    Then the order %d is confirmed by mail\n    And the stock of article %d goes down\n", i, i, i)
	}
	return b.String()
}

// history has n commits on main, blobs of them with a change of one of 500 features, the others with a change of code that takes
// as much room in a clone as those of oroinc/crm and NetworkManager-ci do, 2.7 kB; and refs branches, most at commits of
// main, every twentieth with a commit of its own. It is packed as a server would have it.
func history(t testing.TB, n, blobs, refs int) string {
	t.Helper()
	const features, scenarios = 500, 20
	s := newRepo(t)
	texts := make([][]int, features) // version of each scenario
	made := 0
	change := func() (path, text string) {
		f := made % features
		if texts[f] == nil {
			texts[f] = make([]int, scenarios)
		}
		made++
		texts[f][made/features%scenarios] = made
		return pathOf(f), featureVersions(fmt.Sprintf("Area %d", f), texts[f], f)
	}
	random, code := rand.NewChaCha8([32]byte{}), make([]byte, 2700)
	for i := range n {
		if i*blobs/n >= made && made < blobs {
			path, text := change()
			s.commit("main", "", path, text)
			continue
		}
		_, _ = random.Read(code)
		s.commit("main", "", fmt.Sprintf("src/m%d/p%d/code.txt", i%40, i%7), base64.StdEncoding.EncodeToString(code))
	}
	for i := range refs {
		mark := 1 + i*(n-1)/refs
		if s.ref(fmt.Sprintf("team-%d/work-%d", i%50, i), mark); i%20 == 0 {
			s.commit(fmt.Sprintf("team-%d/work-%d", i%50, i), "", fmt.Sprintf("notes/n%d.txt", i), fmt.Sprint(i))
		}
	}
	dir := s.close()
	git(t, "", "--git-dir", dir, "repack", "-adfq", "--threads=2")
	git(t, "", "--git-dir", dir, "pack-refs", "--all")
	return dir
}

// featureVersions is a feature whose scenarios each have a version.
func featureVersions(name string, versions []int, issue int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Feature: %s\n", name)
	for i, v := range versions {
		fmt.Fprintf(&b, "\n  @SHOP-%d\n  Scenario: Scenario %d of %s\n", 1+issue, i, name)
		fmt.Fprintf(&b, "    Given a customer of %s with %d articles in the cart\n    And the shop of the town is open until %d\n", name, i, v)
		fmt.Fprintf(&b, "    When the customer pays article %d by card\n    Then the order %d is confirmed by mail\n    And the stock of article %d goes down\n", i, v, i)
	}
	return b.String()
}

func one(n int) func(int) int { return func(int) int { return n } }

// longHistory has n commits on main, each changing one of 200 features of five scenarios.
func longHistory(t testing.TB, n int) string {
	t.Helper()
	const features = 200
	s := newRepo(t)
	for i := range n {
		f := i % features
		name := fmt.Sprintf("Area %d", f)
		s.commit("main", "", fmt.Sprintf("features/a%d/f%d.feature", f%10, f), featureText(name, 5, i, one(f+1)), fmt.Sprintf("src/m%d/code.txt", i%50), fmt.Sprint(i))
	}
	return s.close()
}
