package pages_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/pages"
)

const evidenceOfShop = "/settings/evidence/SHOP"

// TestEvidenceForm: an admin of a project decides what it keeps; nobody else does, and nothing that cannot work is stored.
func TestEvidenceForm(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	rule := func() catalog.EvidenceRule {
		t.Helper()
		rule, err := m.catalog.EvidenceRule(t.Context(), "SHOP")
		if err != nil {
			t.Fatal(err)
		}
		rule.Rev = 0
		return rule
	}
	good := url.Values{"keep": {"all"}, "masks": {"token=\\S+\r\n\r\n[0-9]{16}\r\n"}, "days": {"90"}}.Encode()
	reader := shopAdmin
	reader.Verbs = []access.Verb{access.ReposRead, access.ResultsRead}
	ofOne := shopAdmin
	ofOne.Repository = "id-shop/webstore"
	without := func(v *pages.Visit) { v.Manager = nil }
	for name, c := range map[string]struct {
		who    access.Principal
		change []func(*pages.Visit)
		status int
	}{
		"another project": {bankAdmin, nil, 404}, "a reader": {reader, nil, 403}, "one repository": {ofOne, nil, 403}, "nobody": {access.Principal{}, nil, 403},
		"shown only": {admin, []func(*pages.Visit){without}, 403}, "no token inside": {shopAdmin, []func(*pages.Visit){func(v *pages.Visit) { v.Host = insideJira }}, 403},
	} {
		if w := post(t, m.as(c.who, c.change...), evidenceOfShop, good); w.Code != c.status || rule().Keep != catalog.KeepMessages {
			t.Errorf("%s: status %d, want %d; %+v", name, w.Code, c.status, rule())
		}
	}
	for name, form := range map[string]string{
		"Choose what is kept": "keep=some&masks=&days=", "cannot be read": "keep=all&masks=(&days=", "matches nothing at all": "keep=all&masks=x*&days=",
		"Give 1 to 36500 days": "keep=all&masks=&days=soon",
	} {
		if w := post(t, m.as(shopAdmin), evidenceOfShop, form); w.Code != 422 || !strings.Contains(w.Body.String(), name) || rule().Keep != catalog.KeepMessages {
			t.Errorf("%s: status %d, %+v\n%s", form, w.Code, rule(), w.Body)
		}
	}
	if w := post(t, m.as(shopAdmin), evidenceOfShop, good); w.Code != 303 || w.Header().Get("Location") != "/settings?did=evidence" {
		t.Errorf("status %d to %q\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	want := catalog.EvidenceRule{Keep: catalog.KeepAll, Masks: []string{`token=\S+`, `[0-9]{16}`}, Days: 90, ChangedBy: behavepro.Change{At: m.now.UTC()}}
	if diff := cmp.Diff(want, rule()); diff != "" {
		t.Errorf("the rule (-want +got)\n%s", diff)
	}
	if body := get(t, m.as(shopAdmin), "/settings").Body.String(); !strings.Contains(body, "messages, stacks and attachments for 90 days, 2 patterns masked") {
		t.Errorf("the settings do not say what is kept:\n%s", body)
	}
	if body := get(t, m.as(shopAdmin), evidenceOfShop).Body.String(); !strings.Contains(body, `value="all" checked`) || !strings.Contains(body, "[0-9]{16}</textarea>") || !strings.Contains(body, `value="90"`) {
		t.Errorf("the form does not show the rule:\n%s", body)
	}
	if body := get(t, m.as(reader), "/settings").Body.String(); strings.Contains(body, "Evidence of results") {
		t.Error("a reader sees what it cannot change")
	}
	if w := post(t, m.as(shopAdmin), evidenceOfShop, "keep=messages&masks=&days="); w.Code != 303 || !cmp.Equal(rule(), catalog.EvidenceRule{Keep: catalog.KeepMessages, ChangedBy: behavepro.Change{At: m.now.UTC()}}) {
		t.Errorf("status %d, %+v", w.Code, rule())
	}
}
