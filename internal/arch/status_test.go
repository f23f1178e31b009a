package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneTableOfStatuses: web/problem alone decides which HTTP status an error kind has. What reads the statuses of another
// server (sync, jira) goes the other way, and is free to.
func TestOneTableOfStatuses(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, p := range list(t) {
		dir, _ := inside(p.ImportPath)
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			seen++
			for _, at := range statusesOfKinds(t, name, nil) {
				if dir != "web/problem" {
					t.Errorf("%s pairs an error kind with a status: use web/problem", at)
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d files were read: it proves nothing", seen)
	}
}

// TestStatusesOfKinds: the test above finds the forms that such a table takes.
func TestStatusesOfKinds(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		"_ = row{behavepro.ErrGone, http.StatusGone}":                              1,
		"_ = map[error]int{behavepro.ErrGone: http.StatusGone}":                    1,
		"_ = map[error]int{behavepro.ErrGone: 410}":                                1,
		"switch { case errors.Is(err, behavepro.ErrGone): s = http.StatusGone }":   1,
		"switch { case errors.Is(err, behavepro.ErrGone): return 410 }":            1,
		"if errors.Is(err, behavepro.ErrGone) { return http.StatusGone }":          1,
		"switch s { case http.StatusGone: return behavepro.ErrGone }":              0,
		"if errors.Is(err, behavepro.ErrGone) { return nil }":                      0,
		"x.reply(http.StatusOK, behavepro.Explain(behavepro.ErrGone, `it`, `is`))": 0,
	} {
		if got := len(statusesOfKinds(t, "x.go", "package x\nfunc f() { "+body+" }")); got != want {
			t.Errorf("%d found in %s, want %d", got, body, want)
		}
	}
}

// statusesOfKinds returns where a file goes from an error kind to a status: in a row, a case or an if.
func statusesOfKinds(t *testing.T, name string, text any) (found []token.Position) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		pairs := false
		switch n := n.(type) {
		case *ast.CompositeLit:
			flat := !holds(n, func(inner ast.Node) bool { lit, ok := inner.(*ast.CompositeLit); return ok && lit != n })
			pairs = flat && holds(n, isKind) && holds(n, isStatus)
		case *ast.CaseClause:
			pairs = anyHolds(n.List, isKind) && anyHolds(n.Body, isStatus)
		case *ast.IfStmt:
			pairs = holds(n.Cond, isKind) && holds(n.Body, isStatus)
		}
		if pairs {
			found = append(found, set.Position(n.Pos()))
		}
		return true
	})
	return found
}

func isKind(n ast.Node) bool {
	s, ok := n.(*ast.SelectorExpr)
	return ok && qualifies(s, "behavepro") && strings.HasPrefix(s.Sel.Name, "Err")
}

func isStatus(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return qualifies(n, "http") && strings.HasPrefix(n.Sel.Name, "Status") && n.Sel.Name != "StatusText" && n.Sel.Name != "StatusOK"
	case *ast.BasicLit:
		return n.Kind == token.INT && len(n.Value) == 3 && (n.Value[0] == '4' || n.Value[0] == '5')
	}
	return false
}

func qualifies(s *ast.SelectorExpr, name string) bool {
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == name
}

func holds(n ast.Node, is func(ast.Node) bool) (found bool) {
	ast.Inspect(n, func(inner ast.Node) bool {
		found = found || inner != nil && is(inner)
		return !found
	})
	return found
}

func anyHolds[N ast.Node](all []N, is func(ast.Node) bool) bool {
	for _, n := range all {
		if holds(n, is) {
			return true
		}
	}
	return false
}
