package server

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
)

// TestProblemCounts compares the surfaces that show how many problems a repository has. Of its three files with problems one has two
// messages and one has no feature; two results match nothing, those of an older commit aside, and one waits.
func TestProblemCounts(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	const unmatched = `[{"uri":"features/cart.feature","name":"Cart","elements":[` +
		`{"type":"scenario","name":"Pay","line":3,"steps":[{"keyword":"Given ","name":"a cart","result":{"status":"passed"}}]},` +
		`{"type":"scenario","name":"One","line":33,"steps":[{"keyword":"Given ","name":"a","result":{"status":"passed"}}]},` +
		`{"type":"scenario","name":"Two","line":34,"steps":[{"keyword":"Given ","name":"a","result":{"status":"failed"}}]}]}]`
	older := h.commit("shop", map[string]string{"features/cart.feature": cart})
	tip := h.commit("shop", map[string]string{
		"features/broken.feature": "Feature: Broken\n  Scenario: Fine\n    Given a\n  what is this\n  Scenario: More\n    Given a\n  and what is this\n",
		"features/none.feature":   "", "features/text.feature.md": "# Feature: Text\n",
	})
	h.connect("shop", "shop", "SHOP")
	h.push(t.Context(), "shop", older, unmatched)
	h.push(t.Context(), "shop", tip, unmatched)
	if _, err := h.admin().PushResults(t.Context(), client.Upload{
		Push: client.Push{Repository: "shop", Commit: behavepro.SHA{0x11}}, Files: []client.ReportFile{reportFile("report.json", cartPassed)},
	}); err != nil {
		t.Fatal(err)
	}

	const files, results = 3, 3
	const inWords, joined = "3 files with problems, 3 results waiting or unmatched", "3 files with problems and 3 results waiting or unmatched"
	r, err := h.admin().Repository(t.Context(), "shop", 0)
	if err != nil || r.Sync.Problems != files || r.Unplaced != results {
		t.Errorf("API: %d files and %d results, want %d and %d; %v", r.Sync.Problems, r.Unplaced, files, results, err)
	}
	list, err := h.admin().Repositories(t.Context())
	if err != nil || list.Repositories[0].Sync.Problems != files || list.Repositories[0].Unplaced != results {
		t.Errorf("API's list: %+v, %v", list, err)
	}
	session := h.session(access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, time.Now())
	for path, want := range map[string]string{
		"/": inWords, "/repositories": inWords, "/settings": inWords, "/settings/repositories/shop": inWords, "/issues/SHOP-1": joined,
	} {
		got := h.ask(http.MethodGet, path, "", func(r *http.Request) { r.AddCookie(session) })
		wantTexts(t, path, got.body, want)
	}
	page := h.ask(http.MethodGet, "/repositories/shop/problems", "", func(r *http.Request) { r.AddCookie(session) }).body
	wantTexts(t, "the problems", page, "broken.feature", "none.feature", "text.feature.md", "<td>1</td><td>0</td>", "<td>0</td><td>2</td>")
	for args, want := range map[string][]string{
		"repos list":    {"main    4      3              3 "},
		"repos show":    {"4, 3 with problems", "3 waiting or unmatched"},
		"features list": {"3 files with problems:"},
	} {
		cmd := exec.CommandContext(t.Context(), builtCommand(t), append(strings.Fields(args), "--data", h.app.conf.Data)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		wantTexts(t, args+"\n"+string(out), string(out), want...)
	}
}
