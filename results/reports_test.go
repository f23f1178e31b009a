package results_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

func gitBlob(b []byte) behavepro.SHA {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(b))
	h.Write(b)
	return behavepro.SHA(h.Sum(nil))
}

func newFile(path string, text []byte) match.File {
	return match.File{Path: path, Blob: gitBlob(text), Doc: gherkin.Parse(path, text)}
}

// readFeatures reads the feature files below dir, as a commit whose root is dir.
func readFeatures(t testing.TB, dir string) []match.File {
	t.Helper()
	var files []match.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".feature") {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files = append(files, newFile(filepath.ToSlash(rel), text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readReport(t testing.TB, name string, text []byte) ([]report.Reported, report.Summary) {
	t.Helper()
	var all []report.Reported
	sum, err := report.Read(context.Background(), name, bytes.NewReader(text), func(r report.Reported) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return all, sum
}

func readReports(t testing.TB, dir string, names ...string) []report.Reported {
	t.Helper()
	var all []report.Reported
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		reported, sum := readReport(t, name, text)
		if sum.Unreadable != "" || sum.UnknownWords != nil {
			t.Errorf("%s: unreadable %q, unknown words %v", name, sum.Unreadable, sum.UnknownWords)
		}
		all = append(all, reported...)
	}
	return all
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, dir, err)
	}
	for i, p := range paths {
		paths[i], _ = filepath.Rel(dir, p)
	}
	return paths
}

// statuses are what reports say of the features beside them, by path and line.
func statuses(t *testing.T, dir string, patterns ...string) map[string]behavepro.Status {
	t.Helper()
	files := readFeatures(t, dir)
	var names []string
	for _, pattern := range patterns {
		names = append(names, glob(t, dir, pattern)...)
	}
	reported := readReports(t, dir, names...)
	outcomes := match.Match(files, reported, match.Options{})
	checkAccounting(t, reported, outcomes)
	all := map[string]behavepro.Status{}
	for i, o := range outcomes {
		switch o.Accounting {
		case behavepro.Matched:
			place := strings.TrimPrefix(at(files, o), "matched ")
			all[place] = o.Status
			own := fmt.Sprintf("%s:%d", reported[i].Path, reported[i].Line)
			if name := reported[i].Name; reported[i].Line > 0 && own != place && !isOutline(files, o, reported[i].Line) {
				t.Errorf("%q of %s is matched to %s", name, own, place)
			}
		case behavepro.RetryOf:
		default:
			t.Logf("%q is %s: %s", reported[i].Name, o.Accounting, o.Reason)
		}
	}
	return all
}

// isOutline says whether a line is that of the outline whose row was matched, as some runners report rows.
func isOutline(files []match.File, o match.Outcome, line int) bool {
	return o.Row >= 0 && files[o.File].Doc.Feature.Scenarios[o.Scenario].Line == line
}
