package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCLI: the server gives the tools of its release folder and nothing else of it; one without a folder says so.
func TestCLI(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cli")
	h := startTestServer(t, func(c *Config) { c.CLIDir = dir })
	got := h.ask(http.MethodGet, "/cli/behavepro-linux-amd64", "", nil)
	if got.status != http.StatusNotFound || !strings.Contains(got.body, "make release") {
		t.Errorf("without a folder: %d %s", got.status, got.body)
	}
	for name, text := range map[string]string{"behavepro-linux-amd64": "the tool", "SHA256SUMS": "sums", "secret": "secret", "../outside": "secret"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside", filepath.Join(dir, "behavepro-linux-arm64")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/cli/behavepro-linux-amd64": 200, "/cli/SHA256SUMS": 200, "/cli/behavepro-windows-arm64.exe": 404, "/cli/secret": 404, "/cli/..%2Foutside": 404,
		"/cli/behavepro-linux-arm64": 500, // a link out of the folder
	} {
		got := h.ask(http.MethodGet, path, "", nil)
		if got.status != want || strings.Contains(got.body, "secret") {
			t.Errorf("%s: %d %s, want %d", path, got.status, got.body, want)
		}
	}
	if got := h.ask(http.MethodGet, "/cli/behavepro-linux-amd64", "", nil); got.body != "the tool" || got.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %q as %s", got.body, got.header.Get("Content-Type"))
	}
}

// releaseOf puts a tool into a new release folder, for this system.
func releaseOf(t *testing.T, tool string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(tool)
	if err != nil {
		t.Fatal(err)
	}
	name := "behavepro-" + hostSystem()
	sum := sha256.Sum256(text)
	for file, content := range map[string][]byte{name: text, "SHA256SUMS": []byte(hex.EncodeToString(sum[:]) + "  " + name + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
