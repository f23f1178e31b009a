package testenv

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
)

const module = "github.com/behavepro/behavepro"

// Commands builds this module's commands, by their folders in cmd, and gives the folder that they are in. They are built with the flags
// that the test was built with: then the packages that were compiled for the test serve the commands, too, and under the race detector
// they are looked at by it. Go links what is there already no second time, whichever test asks.
func Commands(names ...string) (dir string, err error) {
	top, err := root()
	if err == nil {
		err = see(top)
	}
	if err != nil {
		return "", err
	}
	flags := ownFlags()
	h := fnv.New32a()
	h.Write([]byte(strings.Join(flags, "\n")))
	dir = filepath.Join(top, ".cache", "commands", fmt.Sprintf("%08x", h.Sum32()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	args := append([]string{filepath.Join(dir, "lock"), "go", "build"}, flags...)
	args = append(args, "-o", dir+"/")
	for _, name := range names {
		args = append(args, module+"/cmd/"+name)
	}
	if text, err := exec.Command("flock", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %v: %w\n%s", names, err, text)
	}
	return dir, nil
}

// see lists the folders of the module, of which Go then takes note: it runs a test again when files that the test opened have changed,
// and would not know that the commands are made of these.
func see(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && (d.Name()[0] == '.' || d.Name() == "bin") {
			return fs.SkipDir
		}
		return err
	})
}

// ownFlags are the flags with which this program was built, of those that packages are compiled anew for.
func ownFlags() (flags []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-race", "-gcflags", "-ldflags":
			flags = append(flags, s.Key+"="+s.Value)
		}
	}
	return flags
}
