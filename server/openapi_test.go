package server

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/openapitest"
)

var updateOpenAPI = flag.Bool("update-openapi", false, "write api/openapi.json anew")

// TestOpenAPI: api/openapi.json describes every route of the API, with every field of what it takes and gives.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	made, err := openapitest.Document("..", h.app.newHandler(h.endpoint, nil, nil).Routes())
	if err != nil {
		t.Fatal(err)
	}
	if *updateOpenAPI {
		if err := os.WriteFile("../api/openapi.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(api.OpenAPI), string(made)); diff != "" {
		t.Errorf("api/openapi.json is old (`make docs` writes it): -written +made\n%s", diff)
	}
}
