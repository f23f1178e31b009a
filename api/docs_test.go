package api_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/web"
	"github.com/behavepro/behavepro/web/problem"
)

// TestRoutesAreDocumented: docs/api.md names every route, verb and problem.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range newHouse(t).api.Routes() {
		line := fmt.Sprintf("| `%s` | ", r.Pattern)
		i := strings.Index(string(text), line)
		if i < 0 {
			t.Errorf("%s is not documented", r.Pattern)
			continue
		}
		rest, _, _ := strings.Cut(string(text)[i+len(line):], "\n")
		if r.Auth == web.Token && !strings.HasPrefix(rest, "`"+string(r.Verb)+"`") {
			t.Errorf("%s is documented as opened by %s", r.Pattern, rest)
		}
	}
	for _, v := range access.Verbs() {
		if !strings.Contains(string(text), "| `"+string(v)+"` |") {
			t.Errorf("the verb %s is not documented", v)
		}
	}
	for _, k := range problem.Kinds() {
		if !strings.Contains(string(text), "`"+k.Name+"`") {
			t.Errorf("the problem %s is not documented", k.Name)
		}
	}
}
