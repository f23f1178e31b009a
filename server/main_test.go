package server

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/behavepro/behavepro/internal/testenv"
)

func TestMain(m *testing.M) {
	net.DefaultResolver = testenv.NoNames
	crashMain()
	os.Exit(m.Run())
}

// gitEnv makes commits the same everywhere, and hides the user's own settings and CI.
var gitEnv = slices.Concat(testenv.Git(), testenv.At(1_767_323_045), []string{"TZ=UTC"})

// builtCommand is the path of behavepro.
func builtCommand(t *testing.T) string {
	t.Helper()
	dir, err := testenv.Commands("behavepro")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "behavepro")
}
