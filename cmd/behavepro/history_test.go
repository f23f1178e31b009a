package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/pages"
)

// TestStability compares what the page, the API and the command say of one history: runs in which the scenario was skipped do not count,
// and of the others the newest 20 do.
func TestStability(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.commit("features/cart.feature", storyFeature)
	w.run(0, nil, "repos", "add", w.repo, "--project", "SHOP", "--wait")
	build := 0
	push := func(statuses ...string) {
		t.Helper()
		for _, status := range statuses {
			build++
			w.run(0, nil, "results", "push", w.report(status), "--build-id", fmt.Sprint(build))
		}
	}
	said := regexp.MustCompile(`(\d+)(?:</b>)? of the last (\d+) runs?`)
	numbers := func(surface, text string) string {
		t.Helper()
		found := said.FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("%s says nothing of stability:\n%s", surface, text)
		}
		return found[1] + " of " + found[2]
	}
	compare := func(want string) {
		t.Helper()
		var h client.History
		w.run(0, &h, "history", "features/cart.feature:Add")
		printed, _ := w.print(0, "history", "features/cart.feature:Add", "--limit", "1")
		for surface, got := range map[string]string{
			"API":     fmt.Sprintf("%d of %d", h.Stability.Passed, h.Stability.Runs),
			"command": numbers("command", printed),
			"page":    numbers("page", w.page("/repositories/"+h.Repository+"/scenarios/"+h.Lineage.String())),
		} {
			if got != want {
				t.Errorf("%s: %s, want %s", surface, got, want)
			}
		}
	}
	push("passed", "skipped")
	compare("1 of 1")
	for range 5 {
		push("passed", "failed", "skipped", "passed", "passed")
	}
	compare("15 of 20")
}

// page renders a page for somebody who may see everything.
func (w *world) page(path string) string {
	w.t.Helper()
	all := access.Principal{Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.ReposRead, access.ResultsRead}}}
	mux := http.NewServeMux()
	for _, r := range pages.New(pages.Options{}).Routes() {
		mux.HandleFunc(r.Pattern, func(to http.ResponseWriter, req *http.Request) {
			check(w.t, r.Serve(&pages.Visit{W: to, R: req, Now: time.Now(), Catalog: w.catalog, Principal: all}))
		})
	}
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, path, nil))
	if answer.Code != http.StatusOK {
		w.t.Fatalf("%s: status %d", path, answer.Code)
	}
	return answer.Body.String()
}
