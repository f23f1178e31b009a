package openapitest

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web/problem"
)

// object is a JSON object; encoding/json writes its names in order.
type object = map[string]any

var (
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	timeType = reflect.TypeFor[time.Time]()
)

// words are the values of types that have few.
var words = map[reflect.Type][]any{
	reflect.TypeFor[behavepro.Status](): {behavepro.Passed, behavepro.Failed, behavepro.Skipped, behavepro.NotRun},
	reflect.TypeFor[behavepro.Accounting](): {
		behavepro.Matched,
		behavepro.Ambiguous,
		behavepro.Unmatched,
		behavepro.RetryOf,
		behavepro.Waiting,
	},
	reflect.TypeFor[client.PushState](): {client.StateMatched, client.StateWaiting},
}

// forms are what texts of a type look like.
var forms = map[reflect.Type]string{
	reflect.TypeFor[behavepro.SHA](): "^([0-9a-f]{40}|[0-9a-f]{64})$",
}

// schemaNames are the names of schemas that are not those of their types.
var schemaNames = map[reflect.Type]string{
	reflect.TypeFor[problem.Document](): "Problem",
}

// schemas collects the schemas of named types.
type schemas struct {
	remarks remarks
	made    object
	of      map[string]reflect.Type
}

// schema is how a type is written as JSON.
func (s *schemas) schema(t reflect.Type) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return object{"anyOf": []any{s.schema(t.Elem()), object{"type": "null"}}}
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t == rawType || t.Kind() == reflect.Interface:
		return object{}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return object{"type": "string", "contentEncoding": "base64"}
	case words[t] != nil:
		return object{"type": "string", "enum": words[t]}
	case forms[t] != "":
		return object{"type": "string", "pattern": forms[t]}
	case t.Implements(textType):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": s.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.schema(t.Elem())}
	case reflect.Struct:
		return s.reference(t)
	}
	panic(fmt.Sprintf("openapitest: no schema for %s", t))
}

// reference names the schema of a struct, and makes it the first time.
func (s *schemas) reference(t reflect.Type) object {
	name := cmp.Or(schemaNames[t], t.Name())
	if before, ok := s.of[name]; ok && before != t {
		panic(fmt.Sprintf("openapitest: %s and %s have one name", before, t))
	}
	if _, ok := s.of[name]; !ok {
		s.of[name] = t
		made := object{"type": "object"}
		if about := s.remarks.ofType(t); about != "" {
			made["description"] = about
		}
		properties, required := object{}, []string{}
		s.fields(t, properties, &required)
		made["properties"] = properties
		if len(required) > 0 {
			made["required"] = required
		}
		s.made[name] = made
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// fields adds the fields of a struct, those of embedded ones too.
func (s *schemas) fields(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, named := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case name == "-" || !f.IsExported():
			continue
		case f.Anonymous && !named:
			s.fields(f.Type, properties, required)
			continue
		case name == "":
			name = f.Name
		}
		leftOut := strings.Contains(options, "omit")
		ft := f.Type
		if leftOut && ft.Kind() == reflect.Pointer {
			ft = ft.Elem() // missing, never null
		}
		schema := s.schema(ft)
		if about := s.remarks.ofField(t, f.Name); about != "" {
			schema["description"] = about // OpenAPI 3.1 takes it beside a $ref
		}
		properties[name] = schema
		if !leftOut {
			*required = append(*required, name)
		}
	}
}
