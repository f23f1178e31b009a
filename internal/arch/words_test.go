package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// retired are identifiers that no longer exist, with what to call the thing instead. Fields of pinned JSON, flags, routes and stored kinds
// are strings, and are not looked at.
var retired = map[string]string{
	"rooms":       "App, or what it holds",
	"openRooms":   "server.Open",
	"startDaemon": "server.Start",
	"takeBack":    "requeueLeased",
	"Exchange":    "web.Request",
	"Door":        "web.Auth",
	"jiraDoor":    "ServesJira",
	"startHouse":  "startTestServer",
	"mayShow":     "MayBelongTo",
	"sayAll":      "problem's joinProblems",
	"b2i":         "boolToInt",
	"floors":      "layers",
}

func TestRetiredNamesStayRetired(t *testing.T) {
	t.Parallel()
	goFiles(t, func(path string) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && retired[id.Name] != "" {
				t.Errorf("%s: %s is retired: %s", fset.Position(id.Pos()), id.Name, retired[id.Name])
			}
			return true
		})
	})
}

// goFiles calls yield with the path of each Go file of the module, tests included.
func goFiles(t *testing.T, yield func(path string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "../.." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "testdata"):
			return fs.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".go":
			files++
			yield(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were read: it proves nothing", files)
	}
}
