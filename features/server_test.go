package features

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
)

// server is a running syncd, as it is built.
type server struct {
	bin       string // folder of both commands
	data      string
	repos     string // folder of the repositories
	scenarios atomic.Int64
}

func startServer(t *testing.T) *server {
	t.Helper()
	bin, err := testenv.Commands("syncd", "behavepro")
	check(t, err)
	s := &server{bin: bin, data: filepath.Join(t.TempDir(), "data"), repos: t.TempDir()}
	cmd := exec.Command(filepath.Join(s.bin, "syncd"), "serve", "--data", s.data, "--local-root", s.repos, "--listen", "127.0.0.1:0", "--metrics-listen", "off",
		"--log-level", "warn")
	var log bytes.Buffer
	cmd.Env, cmd.Stderr = environment(), &log
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		check(t, cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if t.Failed() {
			t.Logf("%s", log.Bytes())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "syncd open") { // its last line
			go func() { _, _ = io.Copy(io.Discard, out) }() // until the server ends
			return s
		}
	}
	t.Fatal("the server did not start")
	return nil
}

// environment keeps settings and CI of this machine out.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name != "PATH" && name != "HOME" && name != "TMPDIR" && name != "GORACE" && name != "GOGC"
	})
	return append(env, testenv.Git()...)
}

// behavepro calls the command line in a folder and returns its output and exit code.
func (s *server) behavepro(ctx context.Context, dir string, args ...string) (out []byte, code int, err error) {
	return s.call(ctx, dir, "behavepro", args...)
}

func (s *server) call(ctx context.Context, dir, name string, args ...string) (out []byte, code int, err error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, environment(), &stderr
	out, err = cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return append(out, stderr.Bytes()...), failed.ExitCode(), nil
	}
	return out, 0, err
}

// asAdmin calls the command line with the server's own token, and minds its exit code.
func (s *server) asAdmin(ctx context.Context, dir string, args ...string) ([]byte, error) {
	out, code, err := s.behavepro(ctx, dir, append(args, "--data", s.data)...)
	if err == nil && code != 0 {
		err = fmt.Errorf("behavepro %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out, err
}
