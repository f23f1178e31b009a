//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
)

func TestLockFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 { // it is free again after unlock, which may be called again
		unlock, err := lockFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lockFolder(dir); !errors.Is(err, behavepro.ErrConflict) || !strings.Contains(err.Error(), fmt.Sprint("pid ", os.Getpid())) {
			t.Errorf("twice: got %v, want a conflict that names this process", err)
		}
		if err := errors.Join(unlock(), unlock()); err != nil {
			t.Error(err)
		}
	}
}

// TestHolderLives: only a lock whose holder has ended is worth waiting for.
func TestHolderLives(t *testing.T) {
	t.Parallel()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lock")
	for text, want := range map[string]bool{
		fmt.Sprintln(os.Getpid()):        true,
		fmt.Sprintln(1):                  true, // another user's, mostly
		fmt.Sprintln(ended.Process.Pid):  false,
		"":                               false,
		"no number":                      false,
		fmt.Sprintln(-ended.Process.Pid): false,
		fmt.Sprint("9", ended.Process.Pid*1000000): false,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := holderLives(path); got != want {
			t.Errorf("a lock of %q: holder lives %t, want %t", text, got, want)
		}
	}
	if holderLives(filepath.Join(t.TempDir(), "none")) {
		t.Error("without a file: the holder lives")
	}
}
