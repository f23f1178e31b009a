package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/server/backup"
	"github.com/behavepro/behavepro/store/embedded"
)

// dumpOf is the canonical dump of a data folder that nobody uses; what is damaged in it fails the test.
func dumpOf(t *testing.T, data, keyFile string) string {
	t.Helper()
	s, err := OpenData(t.Context(), data, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, _, err = CheckStore(t.Context(), s, func(f catalog.Flaw) { t.Errorf("%s: %s %s", data, f.Repository, f.What) })
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := DumpStore(t.Context(), s, &out); err != nil {
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

// backupTo writes a backup of a data folder, through the server while that runs.
func (h *testServer) backupTo(file string, runs bool) error {
	h.t.Helper()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if runs {
		return errors.Join(h.admin().Backup(h.t.Context(), out), out.Close())
	}
	s, err := OpenData(h.t.Context(), h.app.conf.Data, "")
	if err != nil {
		return err
	}
	err = backup.Write(h.t.Context(), s, h.app.conf.Data, "v", time.Now(), func() {}, out)
	return errors.Join(err, s.Close(), out.Close())
}

func restore(t *testing.T, file, data, keyFile string) error {
	t.Helper()
	_, err := backup.Restore(t.Context(), file, data, keyFile, Kinds())
	return err
}

// traffic is what people and CI do to a server while it is backed up: git pushes, syncs and results.
type traffic struct {
	h       *testServer
	commits []behavepro.SHA
	pushes  atomic.Int64 // that were acknowledged
}

func (l *traffic) push(ctx context.Context, n int, commit behavepro.SHA) error {
	_, err := l.h.admin().PushResults(ctx, client.Upload{
		Push:  client.Push{Repository: "shop", Commit: commit, WaitSeconds: 50, Build: fmt.Sprintf("build-%d", n)},
		Files: []client.ReportFile{reportFile("report.json", cartPassed)},
	})
	return err
}

// TestBackupUnderLoad takes backups while commits, syncs and results come in. Each holds every push that was acknowledged
// before it began, is whole, and catches up with the original when it is restored and asked for the same.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
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
		if err := h.backupTo(file, true); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		restored := filepath.Join(t.TempDir(), "data")
		if err := restore(t, file, restored, embedded.KeyFile(h.app.conf.Data)); err != nil {
			t.Fatal(err)
		}
		had := dumpOf(t, restored, embedded.KeyFile(h.app.conf.Data))
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
	want := dumpOf(t, h.app.conf.Data, "")
	for n, file := range files {
		if got := caughtUp(t, l, file, rounds); got != want {
			t.Errorf("backup %d of %d did not catch up: %s", n, len(files), apart(got, want))
		}
	}
}

// caughtUp restores a backup, starts a daemon on it, repeats all that happened, and returns its dump.
func caughtUp(t *testing.T, l *traffic, file string, rounds int) string {
	t.Helper()
	data, keyFile := filepath.Join(t.TempDir(), "data"), embedded.KeyFile(l.h.app.conf.Data)
	if err := restore(t, file, data, keyFile); err != nil {
		t.Fatal(err)
	}
	again := &traffic{h: startTestServer(t, func(c *Config) { c.Data, c.KeyFile, c.LocalRoot = data, keyFile, l.h.repos }), commits: l.commits}
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
	h := startTestServer(t, nil)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	key, dir := embedded.KeyFile(h.app.conf.Data), t.TempDir()
	file := filepath.Join(dir, "backup.tar")
	if err := h.backupTo(file, false); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(key); err != nil || bytes.Contains(whole, bytes.TrimSpace(text)) {
		t.Errorf("the backup holds the key, or it cannot be read: %v", err)
	}
	other := startTestServer(t, nil)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	for name, test := range map[string]struct {
		content []byte
		key     string
		says    string
	}{
		"missing key": {whole, filepath.Join(dir, "none"), "is missing"},
		"wrong key":   {whole, embedded.KeyFile(other.app.conf.Data), "does not open this data"},
		"cut off":     {whole[:len(whole)/2], key, "damaged or cut off"},
		"damaged":     {damaged, key, "damaged or cut off"},
		"no backup":   {[]byte("something else"), key, "is not a backup"},
		"empty":       {nil, key, "is not a backup"},
	} {
		path, data := filepath.Join(t.TempDir(), "b.tar"), filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := restore(t, path, data, test.key); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %q", name, err, test.says)
		}
		if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	if err := restore(t, file, h.app.conf.Data, key); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("over a folder in use: got %v", err)
	}
	// The key may lie in the folder already.
	data := filepath.Join(t.TempDir(), "data")
	text, err := os.ReadFile(key)
	if err = errors.Join(err, os.MkdirAll(filepath.Join(data, "keys"), 0o700), os.WriteFile(embedded.KeyFile(data), text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := restore(t, file, data, embedded.KeyFile(data)); err != nil {
		t.Errorf("with the key in place: %v", err)
	}
}
