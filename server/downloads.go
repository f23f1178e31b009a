package server

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web"
)

// cliFiles are what a release folder holds: `make release` builds it.
var cliFiles = []string{
	"behavepro-linux-amd64", "behavepro-linux-arm64", "behavepro-darwin-amd64", "behavepro-darwin-arm64", "behavepro-windows-amd64.exe",
	"behavepro-windows-arm64.exe", "SHA256SUMS",
}

// cliFolder is where the command line tools are that the server gives: that of --cli-dir, else cli beside the program.
func (c *Config) cliFolder() string {
	if c.CLIDir != "" {
		return c.CLIDir
	}
	self, err := os.Executable()
	if err != nil {
		return "cli"
	}
	return filepath.Join(filepath.Dir(self), "cli")
}

// cliRoute gives the command line tools to whoever asks: they hold nobody's data.
func (a *App) cliRoute() web.Route {
	return web.Route{
		Pattern: "GET /cli/{name}",
		About:   "Gives the command line tool for a system, or the checksums of all.",
		Auth:    web.Public,
		Slow:    true,
		Serve:   a.giveCLI,
	}
}

func (a *App) giveCLI(x *web.Request) error {
	name := x.R.PathValue("name")
	if !slices.Contains(cliFiles, name) {
		return behavepro.Explain(behavepro.ErrNotFound, "there is no such tool", "SHA256SUMS lists those that there are")
	}
	root, err := os.OpenRoot(a.conf.cliFolder())
	if err != nil {
		return noCLI(err)
	}
	defer root.Close()
	file, err := root.Open(name)
	if err != nil {
		return noCLI(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return noCLI(errors.Join(fs.ErrNotExist, err))
	}
	h := x.W.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(x.W, x.R, name, info.ModTime(), file)
	return nil
}

// noCLI says that the server has no tools to give; what else is wrong is for the log.
func noCLI(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return behavepro.Explain(
		behavepro.ErrNotFound,
		"this server has no command line tools to give",
		"`make release` builds them into the folder cli beside syncd; --cli-dir names another",
	)
}
