// Package commands builds this module's commands for tests that run them, with the flags that the test was built with: then the packages
// that were compiled for the test serve the commands, too, and under the race detector they are looked at by it.
package commands

import (
	"fmt"
	"os/exec"
	"runtime/debug"
)

const module = "github.com/behavepro/behavepro"

// Build builds commands, by their folders in cmd, into a folder.
func Build(dir string, names ...string) error {
	args := append([]string{"build"}, ownFlags()...)
	args = append(args, "-o", dir+"/")
	for _, name := range names {
		args = append(args, module+"/cmd/"+name)
	}
	if text, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build %v: %w\n%s", names, err, text)
	}
	return nil
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
