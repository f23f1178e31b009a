package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
)

// TestOldScripts sends with curl what scripts for the predecessor send: host and key are all that they change.
func TestOldScripts(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	sha := h.commit("shop", map[string]string{"features/cart.feature": cart})
	h.connect("shop", "acme/shop", "SHOP")
	key := h.token(behavepro.Local, time.Time{}, "SHOP", access.ResultsWrite).Reveal()
	file := filepath.Join(t.TempDir(), "cucumber.json")
	if err := os.WriteFile(file, []byte(cartPassed), 0o600); err != nil {
		t.Fatal(err)
	}
	moved := map[string]*httptest.Server{}
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, h.endpoint.local+r.URL.Path, status) }))
		t.Cleanup(s.Close)
		moved[strconv.Itoa(status)] = s
	}
	linux := []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "JVM", Value: "Java 1.8"}}
	two := []string{"-H", "X-PARAM: Os=Linux", "-H", "X-PARAM: JVM=Java 1.8"}
	byKey := []string{"-H", "X-API-KEY: " + key}
	const report = "/REST/1.0/bdd/report"
	for i, test := range []struct {
		name, url string
		args      [][]string
		params    []behavepro.Param
		want      int
	}{
		{"as published", h.endpoint.local + report, [][]string{byKey, two}, linux, 200},
		{"params in another order", h.endpoint.local + report, [][]string{byKey, {"-H", "X-PARAM: JVM=Java 1.8", "-H", "X-PARAM: Os=Linux"}}, []behavepro.Param{linux[1], linux[0]}, 200},
		{"params in one header", h.endpoint.local + report, [][]string{byKey, {"-H", "X-PARAM: Os=Linux, JVM=Java 1.8"}}, linux, 200},
		{"no params", h.endpoint.local + report, [][]string{byKey}, []behavepro.Param{}, 200},
		{"headers in small letters", h.endpoint.local + report, [][]string{{"-H", "x-api-key: " + key}, {"-H", "x-param: Os=Linux,JVM=Java 1.8"}}, linux, 200},
		{"as JSON", h.endpoint.local + report, [][]string{byKey, two, {"-H", "Content-Type: application/json"}}, linux, 200},
		{"as PowerShell", h.endpoint.local + report, [][]string{
			byKey,
			{"-H", "X-PARAM: Os=Linux,JVM=Java 1.8"},
			{"-H", "Content-Type: application/json; charset=utf-8"},
			{"-A", "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-GB) WindowsPowerShell/5.1"},
			{"-H", "Expect: 100-continue"},
		}, linux, 200},
		{"of the server edition", h.endpoint.local + "/rest/behavepro/1.0/bdd", [][]string{byKey, two}, linux, 200},
		{"of the server edition, with its end", h.endpoint.local + "/rest/behavepro/1.0/bdd/report", [][]string{byKey, two}, linux, 200},
		{"a slash at the end", h.endpoint.local + report + "/", [][]string{byKey, two}, linux, 200},
		{"two slashes", h.endpoint.local + "/" + report, [][]string{byKey, two}, linux, 200},
		{"small letters", h.endpoint.local + strings.ToLower(report), [][]string{byKey, two}, linux, 200},
		{"sent on for now", moved["307"].URL + report, [][]string{byKey, two}, linux, 200},
		{"sent on for good", moved["308"].URL + report, [][]string{byKey, two}, linux, 200},
		{"user and key", h.endpoint.local + report, [][]string{{"-u", "jira:user:" + key}, two}, nil, 401}, // curl's user ends at the first colon
		{"Basic", h.endpoint.local + report, [][]string{{"-u", "somebody:" + key}, two}, linux, 200},
		{"Basic, the key alone", h.endpoint.local + report, [][]string{{"-u", key + ":"}, two}, linux, 200},
		{"Bearer", h.endpoint.local + report, [][]string{{"-H", "Authorization: Bearer " + key}, two}, linux, 200},
		{"a wrong key", h.endpoint.local + report, [][]string{{"-H", "X-API-KEY: nope"}, two}, nil, 401},
		{"no key", h.endpoint.local + report, [][]string{two}, nil, 401},
		{"another commit waits", h.endpoint.local + report, [][]string{byKey, two, {"-H", "X-COMMIT-ID: " + strings.Repeat("1", 40)}}, nil, 202},
		{"a short commit", h.endpoint.local + report, [][]string{byKey, two, {"-H", "X-COMMIT-ID: 1234567"}}, nil, 400},
	} {
		args := []string{"-sS", "-L", "-X", "PUT", test.url, "-w", "\n%{http_code} %{content_type}", "--data-binary", "@" + file}
		commit := "X-COMMIT-ID: " + sha.String()
		for _, some := range test.args {
			if len(some) == 2 && strings.HasPrefix(some[1], "X-COMMIT-ID") {
				commit = some[1]
				continue
			}
			args = append(args, some...)
		}
		build := fmt.Sprintf("old-%d", i)
		args = append(args, "-H", commit, "-H", "X-BUILD-ID: "+build, "-H", "X-BUILD-URL: https://ci.example.com/"+build)
		out, err := exec.CommandContext(t.Context(), "curl", args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: curl: %v\n%s", test.name, err, out)
			continue
		}
		body, tail, _ := cutLastLine(string(out))
		status, media, _ := strings.Cut(tail, " ")
		if status != strconv.Itoa(test.want) || !strings.Contains(media, "json") || !json.Valid([]byte(body)) {
			t.Errorf("%s: got %s as %s, want %d as JSON: %s", test.name, status, media, test.want, body)
			continue
		}
		if test.want == 200 {
			h.checkOld(test.name, build, sha, test.params)
		}
	}
}

// checkOld compares what was kept of an old script's push.
func (h *testServer) checkOld(name, build string, sha behavepro.SHA, params []behavepro.Param) {
	h.t.Helper()
	runs, err := h.admin().Runs(h.t.Context(), "acme/shop", sha.String())
	if err != nil {
		h.t.Fatal(err)
	}
	var run client.Run
	for _, r := range runs.Runs {
		if r.Build == build {
			run = r
		}
	}
	if run.Matched != 1 || run.URL != "https://ci.example.com/"+build {
		h.t.Errorf("%s: got %+v", name, run)
	}
	if diff := cmp.Diff(params, run.Params); diff != "" {
		h.t.Errorf("%s: params (-want +got):\n%s", name, diff)
	}
}

func cutLastLine(s string) (before, last string, ok bool) {
	i := strings.LastIndexByte(s, '\n')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}
