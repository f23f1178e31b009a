package jiratest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/pages/browsertest"
)

// framed is an app whose pages use the bridge and tell their server what came of it.
type framed struct {
	stub *jiratest.Stub
	jira *jiratest.Jira
	seen chan map[string]any
}

const framedScript = `(async () => {
  const module = document.documentElement.dataset.module;
  const tell = (seen) => fetch("/seen", { method: "POST", body: JSON.stringify({ module, ...seen }) });
  AP.events.on("greet", async (data) => {
    await tell({ heard: data.from });
    location.href = "/panel"; // as a link does, without what Jira added to the address
  });
  await AP.theming.initializeTheming();
  const again = await new Promise((done) => AP.context.getToken(done));
  const { jira } = await AP.context.getContext();
  let refused = "no";
  try { await AP.context.getToken().then(() => parent.document.title); } catch (e) { refused = e.name; }
  await tell({
    token: await AP.context.getToken(), again: typeof again, mode: document.documentElement.dataset.colorMode,
    user: (await AP.user.getCurrentUser()).atlassianAccountId, issue: jira.issue.id, refused,
  });
  if (module === "status") AP.events.emit("greet", { from: module });
  AP.resize("100%", "333px");
})();`

func (f *framed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panel", "/status":
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'self'; script-src 'self' %[1]s; frame-ancestors %[1]s", f.jira.BaseURL()))
		name := map[string]string{"/panel": "scenarios", "/status": "status"}[r.URL.Path]
		fmt.Fprintf(w, `<!doctype html><html data-module=%s><title>p</title><script src="%s/all.js" data-options="resize:false"></script><script src="/framed.js" defer></script>`, name, f.jira.BaseURL())
	case "/framed.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, framedScript)
	case "/seen":
		var seen map[string]any
		if json.NewDecoder(r.Body).Decode(&seen) == nil {
			f.seen <- seen
		}
	default:
		f.stub.ServeHTTP(w, r)
	}
}

// next waits for what a page tells its server.
func (f *framed) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case seen := <-f.seen:
		return seen
	case <-time.After(60 * time.Second):
		t.Fatal("the page told nothing")
		return nil
	}
}

func TestBridgeInABrowser(t *testing.T) {
	t.Parallel()
	f := &framed{stub: &jiratest.Stub{Key: "stub-app", Modules: allModules}, jira: jiratest.Start(t, jiratest.Options{}), seen: make(chan map[string]any, 10)}
	server := httptest.NewServer(f)
	defer server.Close()
	f.stub.BaseURL = server.URL
	f.jira.MustInstall(t, server.URL)
	f.jira.AddProject(jiratest.Project{Key: "SHOP"})
	if _, _, err := f.jira.AddIssue(jiratest.Issue{Key: "SHOP-1", Summary: "Pay by card"}); err != nil {
		t.Fatal(err)
	}
	browser := browsertest.Start(t)
	page := browser.Open(t, f.jira.BaseURL()+"/browse/SHOP-1?user=acc-reader&theme=dark", browsertest.View{})
	panel := `document.querySelector("iframe[data-module=scenarios]")`
	page.Text(t, `document.querySelector("[data-open=scenarios]").click()`)
	check := func(module string) {
		t.Helper()
		seen := f.next(t)
		token, _ := seen["token"].(string)
		if strings.Count(token, ".") != 2 {
			t.Errorf("%s got the token %q", module, token)
		}
		delete(seen, "token")
		want := map[string]any{"module": module, "again": "string", "mode": "dark", "user": "acc-reader", "issue": "10002", "refused": "SecurityError"}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
	}
	check("scenarios")
	page.Until(t, panel+`.style.height === "333px"`)
	page.Text(t, `document.querySelector("[data-open-context=status] summary").click()`)
	check("status")
	if diff := cmp.Diff(map[string]any{"module": "scenarios", "heard": "status"}, f.next(t)); diff != "" {
		t.Errorf("the event:\n%s", diff)
	}
	check("scenarios") // of the page that the frame went to
	if said := page.Errors(); len(said) != 0 {
		t.Errorf("the pages complain: %v", said)
	}
	for _, address := range []string{"/browse/SHOP-1?theme=dark", "/browse/SHOP-1", "/?jql=x", "/projects/SHOP/page/none"}[:testenv.Rounds(1, 4)] {
		page := browser.Open(t, f.jira.BaseURL()+address, browsertest.View{Width: 700})
		if found := page.Axe(t); len(found) != 0 {
			t.Errorf("axe-core on %s: %v", address, found)
		}
	}
}
