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
	"time"

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
	if err := flock(file, path); err != nil {
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
	return sync.OnceValue(func() error {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN) // also for a child that has not called exec yet
		return errors.Join(err, file.Close())
	}), nil
}

// lockPatience is how long a lock may be held on by what a killed process had started: between fork and exec, a child still has all
// its files.
const lockPatience = time.Second

func flock(file *os.File, path string) error {
	const step = 10 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || waited >= lockPatience || holderLives(path) {
			return err
		}
		time.Sleep(step)
	}
}

// holderLives reports whether the process runs that wrote itself into a lock.
func holderLives(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return false // it is just being written
	}
	err = syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
