package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/behavepro/behavepro/web"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Checker compares answers with a document: their status, media type, and every field.
type Checker struct {
	mu       sync.Mutex
	document object
	compiler *jsonschema.Compiler
	made     map[string]*jsonschema.Schema
}

const here = "https://behave.example.com/openapi.json"

// NewChecker reads a document. To it an answer's field that the document does not know is a mistake: it is one of ours.
func NewChecker(document []byte) (*Checker, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	c := &Checker{document: parsed.(object), compiler: jsonschema.NewCompiler(), made: map[string]*jsonschema.Schema{}}
	for _, s := range dig(c.document, "components", "schemas") {
		if s := s.(object); s["properties"] != nil {
			s["additionalProperties"] = false
		}
	}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource(here, parsed)
}

// dig goes down into objects; nil where one of them is missing.
func dig(from object, names ...string) object {
	for _, name := range names {
		from, _ = from[name].(object)
	}
	return from
}

// Answer tells what is wrong with an answer of a route.
func (c *Checker) Answer(r *web.Route, status int, header http.Header, body []byte) error {
	method, path, _ := strings.Cut(r.Pattern, " ")
	at := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(status)}
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	answers := dig(c.document, at[:4]...)
	if status >= 400 {
		at = []string{"components", "responses", "Problem"}
		if answers["default"] == nil {
			return fmt.Errorf("%s is not in api/openapi.json: run `make docs`", r.Pattern)
		}
	} else if answers[at[4]] == nil {
		return fmt.Errorf("%s answers with %d, which its row in api/openapitest/operations.go does not say", r.Pattern, status)
	}
	content := dig(c.document, append(at, "content")...)
	if content == nil {
		if len(body) > 0 {
			return fmt.Errorf("%s answers with a body, its row in api/openapitest/operations.go has none", r.Pattern)
		}
		return nil
	}
	if content[media] == nil {
		return fmt.Errorf("%s answers %d as %q, which its row in api/openapitest/operations.go does not say", r.Pattern, status, media)
	}
	if !strings.HasSuffix(media, "json") {
		return nil
	}
	schema, err := c.schema(append(at, "content", media, "schema"))
	if err != nil {
		return err
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("%s answers with no JSON: %w", r.Pattern, err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%s answers %d with what api/openapi.json does not say: %w", r.Pattern, status, err)
	}
	return nil
}

// schema compiles the schema at a place of the document, once.
func (c *Checker) schema(at []string) (*jsonschema.Schema, error) {
	pointer := ""
	for _, name := range at {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.made[pointer]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(here + "#" + pointer)
	if err == nil {
		c.made[pointer] = s
	}
	return s, err
}
