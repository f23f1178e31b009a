package server

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
)

// TestRelease looks at what `make release` built: a tool for each system, made for it, with its checksum, given at /cli/ by the server.
func TestRelease(t *testing.T) {
	t.Parallel()
	testenv.OnlySlow(t) // which builds a release first
	dir, err := filepath.Abs("../bin/cli")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatalf("%v: run make release", err)
	}
	h := startTestServer(t, func(c *Config) { c.CLIDir = dir })
	seen := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(list)); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		given := h.ask(http.MethodGet, "/cli/"+name, "", nil)
		if got := sha256.Sum256([]byte(given.body)); given.status != http.StatusOK || hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s: status %d, %d bytes with another checksum", name, given.status, len(given.body))
		}
		seen[name] = madeFor(strings.NewReader(given.body))
	}
	for name, made := range map[string]string{
		"behavepro-linux-amd64": "elf EM_X86_64", "behavepro-linux-arm64": "elf EM_AARCH64", "behavepro-darwin-amd64": "macho CpuAmd64",
		"behavepro-darwin-arm64": "macho CpuArm64", "behavepro-windows-amd64.exe": "pe 8664", "behavepro-windows-arm64.exe": "pe aa64",
	} {
		if seen[name] != made {
			t.Errorf("%s is made for %q, want %q", name, seen[name], made)
		}
		delete(seen, name)
	}
	if len(seen) > 0 {
		t.Errorf("also there: %v", seen)
	}
	out, err := exec.Command(filepath.Join(dir, "behavepro-"+hostSystem()), "version").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "behavepro") {
		t.Errorf("the tool for this system says %s, %v", out, err)
	}
}

// madeFor says for which processor a program is.
func madeFor(r *strings.Reader) string {
	if f, err := elf.NewFile(r); err == nil {
		return "elf " + f.Machine.String()
	}
	if f, err := macho.NewFile(r); err == nil {
		return "macho " + f.Cpu.String()
	}
	if f, err := pe.NewFile(r); err == nil {
		return fmt.Sprintf("pe %x", f.Machine)
	}
	return "nothing that is known"
}
