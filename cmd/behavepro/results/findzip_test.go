package results

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `<testsuite name="Cart"><testcase classname="Cart" name="Add"/></testsuite>`

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		head := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if strings.HasPrefix(text, "-> ") {
			head.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(head)
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFindArchives: of a zip the reports are taken, by name and content, whatever its paths say; of a gzipped file what is in it.
func TestFindArchives(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, small)
	w.Close()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"all.zip": zipped(t, map[string]string{
			"a/junit.xml": small, "../../up.xml": small, `win\b.xml`: small, "/abs.xml": small, "notes.txt": small,
			"package.json": `{"name":"x"}`, "link.xml": "-> /etc/passwd", "empty.xml": "",
		}),
		"broken.zip":     []byte("PK\x03\x04 and then nothing"),
		"sub/one.xml.gz": packed.Bytes(),
		"sub/in.zip":     zipped(t, map[string]string{"x.xml": small}),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var notes []string
	f := &finder{dir: dir, note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
	if err := f.find(t.Context(), []string{"*.zip", "all.zip", "sub"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range f.found {
		got = append(got, r.Name)
		body, err := r.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		body.Close()
		if err != nil || strings.HasPrefix(r.Name, "all.zip") && string(text) != small {
			t.Errorf("%s: %q, %v", r.Name, text, err)
		}
	}
	slices.Sort(got)
	want := []string{"all.zip/a/junit.xml", "all.zip/abs.xml", "all.zip/up.xml", "all.zip/win/b.xml", "broken.zip", "sub/one.xml.gz"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "broken.zip is no zip archive that can be read") {
		t.Errorf("notes: %q", notes)
	}
}
