package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// TestTokenTable: a token's repository stands there by its name, or its id where it is gone.
func TestTokenTable(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	var out strings.Builder
	tokens := []client.Token{
		{ID: "a1", Name: "admin", Can: []string{"admin"}, LastUsed: &at},
		{ID: "b2", Name: "c\ti", Projects: []behavepro.ProjectKey{"SHOP", "PAY"}, Repository: "id1", RepositoryName: "acme/shop", Can: []string{"results:write", "repos:read"}, Expires: &at},
		{ID: "c3", Name: "old", Projects: []behavepro.ProjectKey{"SHOP"}, Repository: "id2", Can: []string{"repos:read"}},
		{ID: "d4", Name: "odd", Repository: "id3", RepositoryName: "sh\x1bop\n", Can: []string{"repos:read"}},
	}
	s := cli.NewStreams("syncd", nil, &out, nil)
	if err := s.Print(nil, func(w io.Writer) { writeTokens(w, tokens) }); err != nil {
		t.Fatal(err)
	}
	want := `
ID  NAME   REACHES                          MAY                        ENDS                        LAST USED
a1  admin  all projects                     admin                      never expires               2026-01-02 02:04 UTC
b2  c i    SHOP, PAY, repository acme/shop  results:write, repos:read  until 2026-01-02 02:04 UTC  never
c3  old    SHOP, repository id2             repos:read                 never expires               never
d4  odd    all projects, repository shop    repos:read                 never expires               never
`
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
