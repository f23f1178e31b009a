package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

var toldTenants = func() []client.Tenant {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	end := at.Add(time.Hour)
	return []client.Tenant{
		{ID: "t-a", Site: "shop.example.net", State: "uninstalled", Installed: &at, Ended: &end, Repositories: 2},
		{ID: "t-b", Site: "od\x1bd\n.example.net", State: "pending", Installed: &at},
		{ID: "local", State: "local", Repositories: 1},
	}
}()

func TestTenantTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := cli.NewStreams("syncd", nil, &out, nil)
	if err := s.Print(nil, func(w io.Writer) { writeTenants(w, toldTenants) }); err != nil {
		t.Fatal(err)
	}
	want := `
TENANT  SITE              STATE        REPOSITORIES  INSTALLED             ENDED
t-a     shop.example.net  uninstalled  2             2026-01-02 02:04 UTC  2026-01-02 03:04 UTC
t-b     odd .example.net  pending      0             2026-01-02 02:04 UTC  -
local   -                 local        1             -                     -
`
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTenantFields keeps what programs read of syncd tenant list --json.
func TestTenantFields(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(client.TenantList{Tenants: toldTenants[:1]})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"tenants":[{"id":"t-a","site":"shop.example.net","state":"uninstalled","installed":"2026-01-02T03:04:05+01:00",` +
		`"ended":"2026-01-02T04:04:05+01:00","repositories":2}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
