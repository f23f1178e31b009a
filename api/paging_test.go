package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/api/client"
)

// TestPaging: a list that grows comes in pages that together are the list, and the client puts them together.
func TestPaging(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	write := h.client(h.token("results:write", "SHOP"))
	for i := range 5 {
		_, err := write.PushResults(t.Context(), client.Upload{
			Push: client.Push{Repository: "acme/shop", Commit: h.tip, Build: fmt.Sprint(i)}, Files: []client.ReportFile{file("r.json", report)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	token := h.token("results:read", "SHOP")
	whole, err := h.client(token).Runs(t.Context(), "acme/shop", h.tip.String())
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.Runs) != 5 || whole.Next != "" || whole.Commit != h.tip {
		t.Fatalf("the client found %d runs of %s, next %q", len(whole.Runs), whole.Commit, whole.Next)
	}
	var got []client.Run
	asked := 0
	for after := ""; ; asked++ {
		status, body := h.ask(t, http.MethodGet, "/api/v1/repos/acme%2Fshop/results?commit=main&limit=2&after="+after, "", token)
		var part client.RunList
		if err := json.Unmarshal([]byte(body), &part); status != http.StatusOK || err != nil {
			t.Fatalf("status %d, %v: %s", status, err, body)
		}
		if len(part.Runs) > 2 {
			t.Fatalf("a page of 2 has %d", len(part.Runs))
		}
		got = append(got, part.Runs...)
		if after = part.Next; after == "" {
			break
		}
	}
	if diff := cmp.Diff(whole.Runs, got); diff != "" || asked != 2 {
		t.Errorf("%d times more were pages to come (-whole +pages):\n%s", asked, diff)
	}
	for _, wrong := range []string{"limit=0", "limit=1001", "limit=x", "after=none"} {
		if status, body := h.ask(t, http.MethodGet, "/api/v1/repos/acme%2Fshop/results?commit=main&"+wrong, "", token); status != http.StatusBadRequest {
			t.Errorf("%s: status %d: %s", wrong, status, body)
		}
	}
}
