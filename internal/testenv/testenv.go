// Package testenv is what tests of all packages need of the machine that they run on: whether there is time for what is slow, a git without
// the machine's settings, this module's commands, and what npm brings. What is made once for all of them is kept in .cache.
package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Slow reports whether this is `make test-slow`, which sets BEHAVEPRO_SLOW.
func Slow() bool { return os.Getenv("BEHAVEPRO_SLOW") != "" }

// OnlySlow leaves a test to `make test-slow`.
func OnlySlow(t testing.TB) {
	t.Helper()
	if !Slow() {
		t.Skip("a part of make test-slow")
	}
}

// Rounds is how many random cases a test runs: few in `make test`, many in `make test-slow`.
func Rounds[N int | uint64](few, many N) N {
	if Slow() {
		return many
	}
	return few
}

// Root is the folder of this module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find go.mod above the test's folder: %w", os.ErrNotExist)
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
