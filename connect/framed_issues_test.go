package connect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/store/storetest"
)

// TestDocumentationByIssue chooses scenarios by what Jira says of their issues, and learns nothing of an issue that may not be browsed.
func TestDocumentationByIssue(t *testing.T) {
	t.Parallel()
	in := newInside(t)
	docs := func(account string) string {
		_, body, _ := in.open(jiratest.Panel{Module: "documentation", Account: account, Project: "SHOP"})
		return body
	}
	reader, dev := docs("acc-reader"), docs("acc-dev")
	for page, is := range map[string]struct{ says, not []string }{
		reader: {
			says: []string{"About SHOP-1", "In Review", "/browse/SHOP-1\"", "<b>SHOP-2</b>", "<option value=\"Sprint 14\"", "Developer</option>", "<option value=\"1.5\""},
			not:  []string{"About SHOP-2", "/browse/SHOP-2", "Sprint X", "About SEC-1", "/browse/SEC-1"},
		},
		dev: {says: []string{"About SHOP-1", "&lt;img src=x onerror=&#34;go()&#34;&gt; About SHOP-2", "/browse/SHOP-2\"", "Sprint X"}, not: []string{"<img", "About SEC-1", "/browse/SEC-1"}},
	} {
		for _, text := range is.says {
			if !strings.Contains(page, text) {
				t.Errorf("the page lacks %q:\n%s", text, page)
			}
		}
		for _, text := range is.not {
			if strings.Contains(page, text) {
				t.Errorf("the page has %q:\n%s", text, page)
			}
		}
	}
	of := map[string]string{"acc-reader": in.link(reader, "ctx="), "acc-dev": in.link(dev, "ctx=")}
	for _, c := range []struct{ account, query, finds, not string }{
		{"acc-reader", "sprint=Sprint+14", "Points are credited", "Points &lt;expire"},
		{"acc-reader", "version=1.4", "Points are credited", "Points &lt;expire"},
		{"acc-dev", "version=1.4", "Points &lt;expire", "voucher"},
		{"acc-dev", "version=1.5", "Points are credited", "Points &lt;expire"},
		{"acc-reader", "assignee=acc-dev", "Points are credited", "Points &lt;expire"},
		{"acc-reader", "assignee=acc-dev&sprint=Sprint+X", "No scenario fits", "Points are credited"},
		{"acc-reader", "sprint=Sprint+X", "No scenario fits", "Points &lt;expire"},
		{"acc-dev", "sprint=Sprint+X", "Points &lt;expire", "Points are credited"},
		{"acc-reader", "issue=shop-2", "Points &lt;expire", "Points are credited"}, // the tag is there to be read
		{"acc-reader", "issue=SHOP-1&status=notRun", "Points are credited", "Points &lt;expire"},
	} {
		token := url.Values{"ctx": {mustQuery(t, of[c.account]).Get("ctx")}}.Encode()
		status, body, _ := in.get(in.url + "/connect/frames/documentation/repositories/webstore?" + c.query + "&" + token)
		main := body[max(0, strings.Index(body, `<div id="main"`)):]
		if status != http.StatusOK || !strings.Contains(main, c.finds) || strings.Contains(main, c.not) {
			t.Errorf("%s, %s: status %d, want %q without %q\n%s", c.account, c.query, status, c.finds, c.not, main)
		}
	}
}

// TestProblemsForThoseWhoMend: who edits the issue, or administers the project, learns what is amiss; others could do nothing about it.
func TestProblemsForThoseWhoMend(t *testing.T) {
	t.Parallel()
	in, _ := managed(t)
	ctx := t.Context()
	if err := in.known.Catalog.PutSyncState(ctx, "id-webstore", catalog.SyncState{Phase: "done", Problems: 2}); err != nil {
		t.Fatal(err)
	}
	if err := in.jira.DeleteIssue("SHOP-2"); err != nil {
		t.Fatal(err)
	}
	in.known.Scope = storetest.NewScope(t, jira.Kinds()...) // as if the issue had never been read
	if err := in.known.Learn(ctx, "SHOP-1", "SHOP-2"); err != nil {
		t.Fatal(err)
	}
	for account, mends := range map[string]bool{"acc-dev": true, "acc-reader": false} {
		_, panel, _ := in.open(jiratest.Panel{Module: "scenarios", Account: account, Issue: "SHOP-1"})
		if strings.Contains(panel, "2 files with problems") != mends {
			t.Errorf("%s: the panel tells of problems: %v, want %v\n%s", account, !mends, mends, panel)
		}
		_, docs, _ := in.open(jiratest.Panel{Module: "documentation", Account: account, Project: "SHOP"})
		_, page, _ := in.get(in.link(docs, "/repositories/webstore/problems?"))
		for _, text := range []string{"Jira has no such issue", "not allowed by SEC: an admin"} {
			if strings.Contains(page, text) != mends {
				t.Errorf("%s: the page says %q: %v, want %v\n%s", account, text, !mends, mends, page)
			}
		}
	}
}

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
