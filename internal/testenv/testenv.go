// Package testenv is what tests of all rooms need of the machine that they run on: whether there is time for what is slow, a git without
// the machine's settings, this module's commands, and runners of npm. What is made once for all of them is kept in .cache.
package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Slow tells whether this is `make test-slow`, which sets BEHAVEPRO_SLOW.
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

// cache is a folder of .cache, which stands where go.mod does.
func cache(name string) (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return filepath.Join(dir, ".cache", name), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find go.mod above the test's folder: %w", os.ErrNotExist)
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// Runners installs runners of npm, by their folders in results/testdata/runners, and gives the folder that holds theirs.
func Runners(t testing.TB, names ...string) string {
	t.Helper()
	dir, err := cache("runners")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "../../scripts/runners")
	if text, err := exec.CommandContext(t.Context(), script, names...).CombinedOutput(); err != nil {
		t.Fatalf("install %v: %v (`make ready` brings npm)\n%s", names, err, text)
	}
	return dir
}

// CompatibilityKit is a folder with Cucumber's compatibility kit: below samples are features, each beside the messages that a
// reference implementation sends when it runs it, and which name it by its path from here.
func CompatibilityKit(t testing.TB) string {
	t.Helper()
	const name = "compatibility-kit"
	dir := t.TempDir()
	from := filepath.Join(Runners(t, name), name, "node_modules/@cucumber/compatibility-kit/features")
	if err := os.CopyFS(filepath.Join(dir, "samples"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}
