package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web"
	"github.com/behavepro/behavepro/web/problem"
)

// Described reports whether a route belongs into the document.
func Described(r *web.Route) bool {
	_, path, _ := strings.Cut(r.Pattern, " ")
	return strings.HasPrefix(path, "/api/v1/") || r.Auth == web.Token
}

// Document makes the document of routes. root is the folder of the repository. A route without a row in Operations is an error
// that says what to write, and so is a row without a route.
func Document(root string, routes []web.Route) ([]byte, error) {
	said, err := readRemarks(root)
	if err != nil {
		return nil, err
	}
	s := &schemas{remarks: said, made: object{}, of: map[string]reflect.Type{}}
	paths, seen := object{}, map[string]bool{}
	for i := range routes {
		r := &routes[i]
		if !Described(r) {
			continue
		}
		op, ok := Operations[r.Pattern]
		if !ok {
			return nil, fmt.Errorf(
				"%s is not described: add a row %q to Operations in api/openapitest/operations.go that says what it takes and gives "+
					"(types of api/client), then run `make docs`",
				r.Pattern,
				r.Pattern,
			)
		}
		seen[r.Pattern] = true
		method, path, _ := strings.Cut(r.Pattern, " ")
		at, _ := paths[path].(object)
		if at == nil {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(method)] = s.operation(r, &op)
	}
	for pattern := range Operations {
		if !seen[pattern] {
			return nil, fmt.Errorf("%s is described, but no such route is registered: remove its row in api/openapitest/operations.go", pattern)
		}
	}
	s.reference(reflect.TypeFor[problem.Document]())
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err = e.Encode(object{
		"openapi": "3.1.0", "info": about, "paths": paths, "tags": tags(paths),
		"components": object{"schemas": s.made, "securitySchemes": keys, "responses": object{"Problem": failed()}},
	})
	return out.Bytes(), err
}

var about = object{
	"title":   "Behave Pro",
	"version": "1",
	"description": "Results of CI in, scenarios with their results out. An error is a problem document (RFC 9457). " +
		"Fields are only ever added to answers: " +
		"ignore those that you do not know. A field of a request that is not known is refused. docs/api.md tells more.",
}

// keys are the ways to send a token.
var keys = object{
	"bearer": object{
		"type":        "http",
		"scheme":      "bearer",
		"description": "An API token, or where a project trusts its issuer the OIDC ID token of a CI job.",
	},
	"basic": object{"type": "http", "scheme": "basic", "description": "The token as the password, or as the user without one."},
	"key":   object{"type": "apiKey", "in": "header", "name": "X-API-KEY"},
}

func failed() object {
	kinds := make([]any, 0, len(problem.Kinds())+1)
	for _, k := range problem.Kinds() {
		kinds = append(kinds, fmt.Sprintf("`%s%s` (%d)", problem.TypePrefix, k.Name, k.Status))
	}
	return object{
		"description": "What went wrong. `type` is one of " + strings.Trim(
			fmt.Sprint(kinds),
			"[]",
		) + ", `" + problem.TypePrefix + "internal` (500). 429 and 503 come with Retry-After.",
		"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
	}
}

// tags are the first words of paths.
func tags(paths object) []any {
	var names []string
	for path := range paths {
		if tag := tagOf(path); !slices.Contains(names, tag) {
			names = append(names, tag)
		}
	}
	slices.Sort(names)
	all := make([]any, len(names))
	for i, name := range names {
		all[i] = object{"name": name}
	}
	return all
}

func tagOf(path string) string {
	rest, ok := strings.CutPrefix(path, "/api/v1/")
	if !ok {
		return "old scripts"
	}
	first, _, _ := strings.Cut(rest, "/")
	return strings.TrimSuffix(first, ".json")
}

func (s *schemas) operation(r *web.Route, op *Operation) object {
	method, path, _ := strings.Cut(r.Pattern, " ")
	made := object{
		"operationId": operationID(method, path), "summary": r.About, "tags": []string{tagOf(path)},
		"responses": s.responses(op),
	}
	if r.Auth == web.Token {
		made["security"] = []any{object{"bearer": []string{}}, object{"basic": []string{}}, object{"key": []string{}}}
		made["description"] = fmt.Sprintf("Opened by a token with `%s`.", r.Verb)
	} else {
		made["security"] = []any{}
	}
	if params := parameters(path, op); len(params) > 0 {
		made["parameters"] = params
	}
	if body := s.body(op); body != nil {
		made["requestBody"] = object{"required": true, "content": body}
	}
	return made
}

var apart = regexp.MustCompile(`[^A-Za-z0-9]+`)

func operationID(method, path string) string {
	words := apart.Split(strings.TrimPrefix(path, "/api/v1"), -1)
	return strings.ToLower(method) + strings.Join(capitals(words), "")
}

func capitals(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w != "" {
			out = append(out, strings.ToUpper(w[:1])+w[1:])
		}
	}
	return out
}

// inPath says what the names in paths stand for.
var inPath = map[string]string{
	"repo": "Id of the repository, or its escaped name (acme%2Fshop).",
	"key":  "Key of the issue.",
	"id":   "Id of the thing.",
}

var named = regexp.MustCompile(`\{([a-z]+)\}`)

func parameters(path string, op *Operation) []any {
	var all []any
	for _, m := range named.FindAllStringSubmatch(path, -1) {
		text := inPath[m[1]]
		if text == "" {
			text = "Id of the " + m[1] + "."
		}
		all = append(all, object{"name": m[1], "in": "path", "required": true, "description": text, "schema": object{"type": "string"}})
	}
	for _, p := range op.Query {
		all = append(all, p.in("query"))
	}
	for _, p := range op.Headers {
		all = append(all, p.in("header"))
	}
	return all
}

func (p *Param) in(where string) object {
	kind := "string"
	if p.Int {
		kind = "integer"
	}
	return object{"name": p.Name, "in": where, "required": p.Must, "description": p.About, "schema": object{"type": kind}}
}

func (s *schemas) body(op *Operation) object {
	switch {
	case op.Media == "multipart/form-data":
		return object{op.Media: object{
			"schema": object{
				"type": "object", "required": []string{"push"},
				"properties": object{
					client.PartPush: s.schema(reflect.TypeOf(op.Takes)),
					client.PartFile: object{
						"type": "array", "items": object{"type": "string", "format": "binary"},
						"description": "A report each, after the description, named by the header X-File-Name of the part or by its filename.",
					},
				},
			},
			"encoding": object{
				client.PartPush: object{"contentType": "application/json"},
				client.PartFile: object{"contentType": "application/octet-stream"},
			},
		}}
	case op.Media != "":
		return object{op.Media: object{"schema": object{"type": "string", "format": "binary"}}}
	case op.Takes != nil:
		return object{"application/json": object{"schema": s.schema(reflect.TypeOf(op.Takes))}}
	}
	return nil
}

func (s *schemas) responses(op *Operation) object {
	all := object{"default": object{"$ref": "#/components/responses/Problem"}}
	for _, status := range successes(op) {
		answer := object{"description": http.StatusText(status)}
		switch {
		case op.Binary != "":
			answer["content"] = object{op.Binary: object{"schema": object{"type": "string", "format": "binary"}}}
		case op.Gives != nil:
			answer["content"] = object{"application/json": object{"schema": s.schema(reflect.TypeOf(op.Gives))}}
		}
		all[strconv.Itoa(status)] = answer
	}
	return all
}

func successes(op *Operation) []int {
	if len(op.Status) == 0 {
		return []int{http.StatusOK}
	}
	return op.Status
}
