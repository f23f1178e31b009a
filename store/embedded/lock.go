//go:build unix

package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/behavepro/behavepro"
)

// lockFolder takes the folder for this process until unlock, which may be called again. The kernel gives it back when
// the process ends, however it ends; the file only says who has it.
func lockFolder(dir string) (unlock func() error, err error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		who := "another syncd"
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			who += " (pid " + strings.TrimSpace(string(text)) + ")"
		}
		return nil, behavepro.Explain(behavepro.ErrConflict, who+" is using "+dir, "stop it first, or name another --data folder")
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), file.Close())
	}
	return sync.OnceValue(file.Close), nil
}
