package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// NPM installs what npm's lock file in a folder of this module pins, and gives the folder that holds its node_modules.
func NPM(t testing.TB, folder string) string {
	t.Helper()
	root := Root(t)
	if text, err := exec.CommandContext(t.Context(), filepath.Join(root, "scripts/pinned"), folder).CombinedOutput(); err != nil {
		t.Fatalf("install what %s pins: %v (`make ready` brings npm)\n%s", folder, err, text)
	}
	return filepath.Join(root, ".cache/npm", folder)
}

// CompatibilityKit is a folder with Cucumber's compatibility kit: below samples are features, each beside the messages that a
// reference implementation sends when it runs it, and which name it by its path from here.
func CompatibilityKit(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join(NPM(t, "results/testdata/runners/compatibility-kit"), "node_modules/@cucumber/compatibility-kit/features")
	if err := os.CopyFS(filepath.Join(dir, "samples"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}
