package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/objects"
)

// dumpOf is the canonical dump of a data folder that nobody uses; what is damaged in it fails the test.
func dumpOf(t *testing.T, data, keyFile string) string {
	t.Helper()
	s, err := openData(t.Context(), &config{data: data, keyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, _, err = checkStore(t.Context(), s, func(f catalog.Flaw) { t.Errorf("%s: %s %s", data, f.Repository, f.What) })
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := dumpStore(t.Context(), s, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// apart tells which lines two dumps do not share, a few of each.
func apart(got, want string) string {
	lines := map[string]int{}
	for l := range strings.Lines(got) {
		lines[l]++
	}
	for l := range strings.Lines(want) {
		lines[l]--
	}
	var out strings.Builder
	for l, n := range lines {
		if n != 0 && out.Len() < 4000 {
			fmt.Fprintf(&out, "%+d %.500s\n", n, l)
		}
	}
	return out.String()
}

// syncdIn calls a command as a person would, in this process.
func syncdIn(ctx context.Context, args ...string) (out, errOut string, code int) {
	var a, b bytes.Buffer
	code = run(ctx, args, strings.NewReader(""), &a, &b)
	return a.String(), b.String(), code
}

// traffic is what people and CI do to a house while it is backed up: git pushes, syncs and results.
type traffic struct {
	h       *house
	commits []behavepro.SHA
	pushes  atomic.Int64 // that were acknowledged
}

func (l *traffic) push(ctx context.Context, n int, commit behavepro.SHA) error {
	_, err := l.h.admin().PushResults(ctx, client.Upload{
		Push:  client.Push{Repository: "shop", Commit: commit, WaitSeconds: 50, Build: fmt.Sprintf("build-%d", n)},
		Files: []client.ReportFile{report("report.json", cartPassed)},
	})
	return err
}

// TestBackupUnderLoad takes backups while commits, syncs and results come in. Each holds every push that was acknowledged
// before it began, is whole, and catches up with the original when it is restored and asked for the same.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	h := startHouse(t, nil)
	l := &traffic{h: h}
	commit := func(i int) {
		text := fmt.Sprintf("%s\n  @SHOP-%d\n  Scenario: S%d\n    Given step %d\n", cart, i, i, i)
		l.commits = append(l.commits, h.commit("shop", map[string]string{"features/cart.feature": cart, fmt.Sprintf("features/f%d.feature", i%3): text}))
	}
	commit(0)
	h.connect("shop", "shop", "SHOP")
	const rounds = 6
	stop := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() {
		defer close(stop)
		for i := range rounds {
			commit(i + 1)
			if _, err := h.admin().SyncRepository(t.Context(), "shop"); err != nil {
				t.Error(err)
			}
			if err := l.push(t.Context(), i, l.commits[i+1]); err != nil {
				t.Error(err)
			}
			l.pushes.Add(1)
		}
	})
	var files []string
	for n, ended := 0, false; !ended && n < 3; n++ {
		select {
		case <-stop:
			ended = true
		default:
		}
		before := l.pushes.Load()
		file := filepath.Join(t.TempDir(), "backup.tar")
		if out, errOut, code := syncdIn(t.Context(), "backup", file, "--data", h.rooms.data); code != 0 {
			t.Fatalf("backup: exit %d\n%s%s", code, out, errOut)
		}
		files = append(files, file)
		restored := filepath.Join(t.TempDir(), "data")
		key := "file://" + embedded.KeyFile(h.rooms.data)
		if out, errOut, code := syncdIn(t.Context(), "restore", file, "--data", restored, "--key", key); code != 0 {
			t.Fatalf("restore: exit %d\n%s%s", code, out, errOut)
		}
		had := dumpOf(t, restored, embedded.KeyFile(h.rooms.data))
		for i := range before {
			if !strings.Contains(had, fmt.Sprintf(`"build":"build-%d"`, i)) {
				t.Errorf("backup %d lacks push %d of %d that were acknowledged before", n, i, before)
			}
		}
	}
	busy.Wait()
	if _, err := h.admin().Repository(t.Context(), "shop", 0); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	want := dumpOf(t, h.rooms.data, "")
	for n, file := range files {
		if got := caughtUp(t, l, file, rounds); got != want {
			t.Errorf("backup %d of %d did not catch up: %s", n, len(files), apart(got, want))
		}
	}
}

// caughtUp restores a backup, starts a daemon on it, repeats all that happened, and returns its dump.
func caughtUp(t *testing.T, l *traffic, file string, rounds int) string {
	t.Helper()
	data, keyFile := filepath.Join(t.TempDir(), "data"), embedded.KeyFile(l.h.rooms.data)
	if _, errOut, code := syncdIn(t.Context(), "restore", file, "--data", data, "--key", "file://"+keyFile); code != 0 {
		t.Fatalf("restore: exit %d\n%s", code, errOut)
	}
	again := &traffic{h: startHouse(t, func(c *config) { c.data, c.keyFile, c.localRoot = data, keyFile, l.h.repos }), commits: l.commits}
	if _, err := again.h.admin().SyncRepository(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	for i := range rounds {
		if err := again.push(t.Context(), i, l.commits[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := again.h.Close(); err != nil {
		t.Fatal(err)
	}
	return dumpOf(t, data, keyFile)
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	h := startHouse(t, nil)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	key, dir := embedded.KeyFile(h.rooms.data), t.TempDir()
	file := filepath.Join(dir, "backup.tar")
	if out, errOut, code := syncdIn(t.Context(), "backup", file, "--data", h.rooms.data); code != 0 || !strings.Contains(out, "Keep the key file elsewhere") {
		t.Fatalf("exit %d\n%s%s", code, out, errOut)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(key); err != nil || bytes.Contains(whole, bytes.TrimSpace(text)) {
		t.Errorf("the backup holds the key, or it cannot be read: %v", err)
	}
	other := startHouse(t, nil)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	for name, test := range map[string]struct {
		content []byte
		key     string
		says    string
	}{
		"missing key": {whole, filepath.Join(dir, "none"), "is missing"},
		"wrong key":   {whole, embedded.KeyFile(other.rooms.data), "does not open this data"},
		"cut off":     {whole[:len(whole)/2], key, "damaged or cut off"},
		"damaged":     {damaged, key, "damaged or cut off"},
		"no backup":   {[]byte("something else"), key, "is not a backup"},
		"empty":       {nil, key, "is not a backup"},
	} {
		path, data := filepath.Join(t.TempDir(), "b.tar"), filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, errOut, code := syncdIn(t.Context(), "restore", path, "--data", data, "--key", "file://"+test.key)
		if code != cli.ExitFailed || !strings.Contains(errOut, test.says) {
			t.Errorf("%s: exit %d, %q, want %q", name, code, errOut, test.says)
		}
		if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	if _, errOut, code := syncdIn(t.Context(), "restore", file, "--data", h.rooms.data); code != cli.ExitFailed || !strings.Contains(errOut, "is not empty") {
		t.Errorf("over a folder in use: exit %d, %q", code, errOut)
	}
	if _, errOut, code := syncdIn(t.Context(), "backup", file, "--data", h.rooms.data); code != cli.ExitFailed || !strings.Contains(errOut, "is there already") {
		t.Errorf("over a backup: exit %d, %q", code, errOut)
	}
	// The key may lie in the folder already.
	data := filepath.Join(t.TempDir(), "data")
	text, err := os.ReadFile(key)
	if err = errors.Join(err, os.MkdirAll(filepath.Join(data, "keys"), 0o700), os.WriteFile(embedded.KeyFile(data), text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, errOut, code := syncdIn(t.Context(), "restore", file, "--data", data); code != 0 {
		t.Errorf("with the key in place: exit %d, %q", code, errOut)
	}
}

func FuzzReadBackup(f *testing.F) {
	db, err := os.CreateTemp(f.TempDir(), "db")
	if err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if _, err := db.WriteString("a store"); err != nil {
		f.Fatal(err)
	}
	if _, err := db.Seek(0, io.SeekStart); err != nil {
		f.Fatal(err)
	}
	beside := objects.NewFiles(f.TempDir())
	if err := beside.Put(context.Background(), "local/aa", []byte("an object")); err != nil {
		f.Fatal(err)
	}
	if err := writeBackup(context.Background(), &whole, db, beside, backupInfo{Format: 1, Version: "v", Objects: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := readBackup(bytes.NewReader(content), io.Discard, func(string, []byte) error { return nil })
		if err != nil && !errors.Is(err, behavepro.ErrCorrupt) && !errors.Is(err, behavepro.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
}
