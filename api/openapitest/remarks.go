package openapitest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// remarks are what the source says of types and, after a dot, of fields.
type remarks map[string]string

// readRemarks reads the wire types' source below the root of the repository.
func readRemarks(root string) (remarks, error) {
	found := remarks{}
	for _, dir := range []string{".", "api/client", "web/problem"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("no source in %s", filepath.Join(root, dir))
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			found.add(file)
		}
	}
	return found, nil
}

func (r remarks) add(file *ast.File) {
	for _, d := range file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			continue
		}
		for _, spec := range decl.Specs {
			t := spec.(*ast.TypeSpec)
			fields, ok := t.Type.(*ast.StructType)
			if !ok {
				continue
			}
			key := file.Name.Name + "." + t.Name.Name
			r[key] = plain(decl.Doc, t.Doc)
			for _, f := range fields.Fields.List {
				for _, name := range f.Names {
					r[key+"."+name.Name] = plain(f.Doc, f.Comment)
				}
			}
		}
	}
}

func plain(groups ...*ast.CommentGroup) string {
	var all []string
	for _, g := range groups {
		if text := strings.Join(strings.Fields(g.Text()), " "); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}

func (r remarks) ofType(t reflect.Type) string { return r[key(t)] }

func (r remarks) ofField(t reflect.Type, field string) string { return r[key(t)+"."+field] }

func key(t reflect.Type) string {
	path := t.PkgPath()
	return path[strings.LastIndexByte(path, '/')+1:] + "." + t.Name()
}
