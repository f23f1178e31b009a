package pages_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/pages"
)

// TestForeignText shows names, steps, paths, refs and addresses that would harm a page that trusted them.
func TestForeignText(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := catalogtest.New(t, catalogtest.Open(t), "evil", "SHOP")
	h.Repo.URL = "javascript:alert(1)"
	if err := h.Catalog.PutRepository(ctx, h.Repo); err != nil {
		t.Fatal(err)
	}
	const script = `<script>alert(1)</script>`
	path := "features/" + script + "\u202e\x1b[31m.feature"
	text := "@SHOP-1 @" + script + "\nFeature: " + script + " \u202egnol\u2066\n  " + script + "\x07\n  Background:\n    Given " + script +
		"\n  Rule: " + script + "\n    Scenario Outline: \"><img src=x onerror=alert(1)> \x1b]0;title\x07\u200b<a href=\"javascript:alert(1)\">\n      Given <a> \"" + script +
		"\"\n        | " + script + " |\n        | x |\n      Then text\n        \"\"\"" + script + "\n        " + script + "\n        \"\"\"\n    Examples: " + script + "\n      | a |\n      | " + script + " |\n"
	tip := h.Commit(map[string]string{path: text})
	h.Branch("main", map[string]behavepro.SHA{"main": tip, script + "\"><i id=x>": tip})
	s := &shop{History: h, now: time.Unix(1_700_000_000, 0).Add(time.Hour), commits: map[string]behavepro.SHA{"tip": tip}}
	push := &catalog.Push{
		ID: "1", Repository: h.Repo.ID, Commit: tip, Build: script, BuildURL: "javascript:alert(1)", Branch: script, State: catalog.PushWaiting, Received: s.now, Started: s.now,
		Params: []behavepro.Param{{Name: script, Value: script}}, Counts: model.Counts{Read: 1, Matched: 1, Failed: 1},
	}
	if err := h.Catalog.PutPush(ctx, push); err != nil {
		t.Fatal(err)
	}
	files, err := h.Catalog.Files(ctx, h.At("main"))
	if err != nil || len(files) != 1 || files[0].Feature() == nil {
		t.Fatalf("files: %+v %v", files, err)
	}
	id := files[0].Identity.Scenarios[0]
	err = h.Catalog.PutMatch(ctx, push, func(yield func(*catalog.Outcome) error) error {
		return yield(&catalog.Outcome{Lineage: id.Lineage, Row: id.Rows[0], Status: behavepro.Failed, Step: "hook " + script, Message: script + "\x1b[31mred\x1b[0m\r\nnext\x00\xff", Raw: script})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Catalog.PutSyncState(ctx, h.Repo.ID, catalog.SyncState{Phase: "failed", Error: script, Hint: "`" + script + "`", First: true}); err != nil {
		t.Fatal(err)
	}
	problem := catalog.Problem{ID: "p", Commit: tip, Path: path, Message: script, At: s.now}
	if err := h.Catalog.PutProblem(ctx, h.Repo.ID, problem); err != nil {
		t.Fatal(err)
	}
	web := serve(pages.New(pages.Options{}), h.Catalog, s.now, everything)
	for _, page := range []string{
		"/", "/repositories", "/issues/SHOP-1", "/issues/SHOP-1?ref=" + url.QueryEscape(script+`"><i id=x>`), "/issues/SHOP-1?params=" + url.QueryEscape(script), "/issues/" + url.PathEscape(script),
		"/issues?key=" + url.QueryEscape(script), "/repositories/evil", "/repositories/evil?path=" + url.QueryEscape(path), "/repositories/evil?q=" + url.QueryEscape(script+"\x07"),
		"/repositories/evil?tag=" + url.QueryEscape(`"><script>`), "/repositories/evil?status=" + url.QueryEscape(script), "/repositories/evil?ref=" + url.QueryEscape(script),
		"/repositories/evil/scenarios/" + id.Lineage.String(), "/repositories/evil/problems", "/settings", "/settings?did=" + url.QueryEscape(script), "/settings/repositories/evil", "/" + url.PathEscape(script), "/repositories/" + url.PathEscape(script),
	} {
		body := get(t, web, page).Body.String()
		for _, bad := range []string{"<script>alert", "<img", "onerror=alert(1)>", `href="javascript:`, `<i id=x`, "\x1b", "\x07", "\x00", "\r", "\u202e", "\u2066", "\u200b", "\xff", "ZgotmplZ", `"><script>`} {
			if i := strings.Index(body, bad); i >= 0 {
				t.Errorf("%s holds %q: …%q…", page, bad, body[max(0, i-80):min(len(body), i+80)])
			}
		}
	}
	body := get(t, web, "/issues/SHOP-1").Body.String()
	for _, want := range []string{"␛[31mred", "⟨U+202E⟩", "&lt;script&gt;alert(1)&lt;/script&gt;", "build &lt;script"} {
		if !strings.Contains(body, want) {
			t.Errorf("the issue page does not show %q", want)
		}
	}
}
