package api

import (
	_ "embed"

	"github.com/behavepro/behavepro/web"
)

// OpenAPI is the OpenAPI 3.1 document of the API. It is made from the routes and the wire types (openapitest), and tests keep it
// what they say.
//
//go:embed openapi.json
var OpenAPI []byte

func (s *Server) showOpenAPI(x *web.Request) error {
	h := x.W.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	_, err := x.W.Write(OpenAPI)
	return err
}
