package connect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/jira/jiratest"
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

func mustQuery(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}
