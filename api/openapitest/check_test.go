package openapitest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/openapitest"
	"github.com/behavepro/behavepro/web"
)

var asked = web.Route{Pattern: "GET /api/v1/version", About: "Tells what runs.", Auth: web.Token, Verb: access.ReposRead}

// TestChecker: an answer that is not what the document says is found out, whatever it is that differs.
func TestChecker(t *testing.T) {
	t.Parallel()
	c, err := openapitest.NewChecker(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, media, body, want string
		status                  int
	}{
		{"right", "application/json", `{"version":"1"}`, "", 200},
		{"a problem", "application/problem+json", `{"type":"urn:behavepro:problem:invalid","title":"invalid","status":400}`, "", 400},
		{"a field too many", "application/json", `{"version":"1","more":1}`, "does not say", 200},
		{"a field too few", "application/json", `{}`, "does not say", 200},
		{"another type", "application/json", `{"version":1}`, "does not say", 200},
		{"another status", "application/json", `{"version":"1"}`, "answers with 201", 201},
		{"another media type", "text/plain", `{"version":"1"}`, "answers 200 as", 200},
		{"a problem without a title", "application/problem+json", `{"type":"x","status":400}`, "does not say", 400},
		{"a problem as plain text", "text/plain", `no`, "answers 400 as", 400},
		{"no JSON", "application/json", `{`, "no JSON", 200},
	} {
		err := c.Answer(&asked, test.status, http.Header{"Content-Type": {test.media}}, []byte(test.body))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// TestUndescribed: a route without a row, and a row without a route, say what to do.
func TestUndescribed(t *testing.T) {
	t.Parallel()
	_, err := openapitest.Document("../..", []web.Route{{Pattern: "GET /api/v1/new", About: "Is new.", Auth: web.Public}})
	if err == nil || !strings.Contains(err.Error(), `add a row "GET /api/v1/new" to Operations in api/openapitest/operations.go`) {
		t.Errorf("a new route gives %v", err)
	}
	_, err = openapitest.Document("../..", []web.Route{asked})
	if err == nil || !strings.Contains(err.Error(), "no such route is registered") {
		t.Errorf("rows without routes give %v", err)
	}
}
