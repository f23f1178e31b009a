package problem_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web/problem"
)

// TestEveryKind: each error kind of the root package has one row, and travels there and back.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	want, got := declared(t, "../../errors.go"), mentioned(t, "problem.go")
	if len(want) < 13 || !slices.Equal(got, want) {
		t.Errorf("the table has %v, the root package %v", got, want)
	}
	names := map[string]bool{}
	for _, k := range problem.Kinds() {
		if names[k.Name] {
			t.Errorf("two kinds are called %s", k.Name)
		}
		names[k.Name] = true
		d, known := problem.Of(fmt.Errorf("outer: %w", k.Err))
		if !known || d.Status != k.Status || d.Type != problem.TypePrefix+k.Name || d.Err() != k.Err {
			t.Errorf("%s travels as %+v, and arrives as %v", k.Name, d, d.Err())
		}
	}
}

// TestStatusOnly: what answers without a document, such as a proxy, is read by its status.
func TestStatusOnly(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		400: behavepro.ErrInvalid, 401: behavepro.ErrUnauthenticated, 403: behavepro.ErrForbidden, 404: behavepro.ErrNotFound, 409: behavepro.ErrExists,
		410: behavepro.ErrGone, 412: behavepro.ErrConflict, 413: behavepro.ErrLimit, 422: behavepro.ErrUnsupported, 429: behavepro.ErrUnavailable,
		500: behavepro.ErrCorrupt, 502: behavepro.ErrUnavailable, 503: behavepro.ErrUnavailable, 504: behavepro.ErrUnavailable, 418: nil,
	} {
		if got := (&problem.Document{Status: status}).Err(); got != want {
			t.Errorf("%d is read as %v, want %v", status, got, want)
		}
	}
}

func TestCauses(t *testing.T) {
	t.Parallel()
	disk, net := errors.New("the disk"), errors.New("the network")
	err := fmt.Errorf("all: %w", errors.Join(behavepro.Explain(disk, "a", "do b"), fmt.Errorf("one: %w", behavepro.Explain(net, "c", ""))))
	if got := problem.Causes(err); got != "the disk; the network" {
		t.Errorf("causes %q", got)
	}
	if detail, hint := problem.Join(problem.All(err)); detail != "a (do b); c" || hint != "" {
		t.Errorf("several are joined as %q, %q", detail, hint)
	}
	if detail, hint := problem.Join(problem.All(err)[:1]); detail != "a" || hint != "do b" {
		t.Errorf("one is joined as %q, %q", detail, hint)
	}
}

// declared lists the error kinds that a file of the root package declares.
func declared(t *testing.T, file string) (names []string) {
	t.Helper()
	for _, d := range parse(t, file).Decls {
		vars, ok := d.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		for _, spec := range vars.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(name.Name, "Err") {
					names = append(names, name.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// mentioned lists the error kinds that stand in the rows of the table.
func mentioned(t *testing.T, file string) (names []string) {
	t.Helper()
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		if row, ok := n.(*ast.CompositeLit); ok && len(row.Elts) == 3 {
			if kind, ok := row.Elts[0].(*ast.SelectorExpr); ok {
				names = append(names, kind.Sel.Name)
			}
		}
		return true
	})
	slices.Sort(names)
	return names
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
