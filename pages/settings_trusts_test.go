package pages_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/pages"
)

// TestTrustForm: who administers all projects decides which CI jobs are trusted; nobody else does, or sees it.
func TestTrustForm(t *testing.T) {
	t.Parallel()
	m := newManaged(t)
	const path = "/settings/trusts"
	good := url.Values{
		"name": {"acme/shop"}, "projects": {"shop, BANK"}, "issuer": {m.issuers[1]}, "repository-id": {" 1001 "}, "owner-id": {"77"},
		"refs": {"refs/heads/main\r\nrefs/tags/*\r\n"}, "events": {"push, web"}, "repository": {"id-shop/webstore"}, "gate": {"yes"},
	}
	ofOne, reader := admin, admin
	ofOne.Repository = "id-shop/webstore"
	reader.Verbs = []access.Verb{access.ReposRead, access.ResultsRead, access.ReposWrite, access.ResultsWrite}
	inside := func(v *pages.Visit) { v.Host = insideJira }
	for name, c := range map[string]struct {
		who    access.Principal
		change []func(*pages.Visit)
	}{
		"a project's admin": {shopAdmin, nil}, "every verb but admin": {reader, nil}, "one repository": {ofOne, nil}, "nobody": {access.Principal{}, nil},
		"shown only": {admin, []func(*pages.Visit){func(v *pages.Visit) { v.Manager = nil }}}, "no token inside": {admin, []func(*pages.Visit){inside}},
	} {
		h := m.as(c.who, c.change...)
		for _, path := range []string{path, path + "/x1/end"} {
			if w := post(t, h, path, good.Encode()); w.Code != 403 || len(m.told) > 0 {
				t.Errorf("%s, POST %s: status %d, told %q", name, path, w.Code, m.told)
			}
		}
		if w := get(t, h, path); w.Code != 403 && name != "no token inside" {
			t.Errorf("%s, the form: status %d", name, w.Code)
		}
		if body := get(t, h, "/settings").Body.String(); strings.Contains(body, "Trusted CI jobs") != (name == "no token inside") {
			t.Errorf("%s: sees, or misses, which jobs are trusted", name)
		}
	}
	if w := post(t, m.as(admin), path, good.Encode(), "Sec-Fetch-Site", "cross-site"); w.Code != 403 || len(m.told) > 0 {
		t.Errorf("from another site: status %d, told %q", w.Code, m.told)
	}
	for field, says := range map[string]string{
		"projects": "Name at least one project.", "issuer": "Choose a CI service", "repository-id": "The number of the repository is missing.",
		"owner-id": "The number of its owner is missing.", "refs": "Name at least one ref.", "events": "Name at least one event.",
	} {
		without := url.Values{}
		for name, values := range good {
			if name != field {
				without[name] = values
			}
		}
		if w := post(t, m.as(admin), path, without.Encode()); w.Code != 422 || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), `value="yes" checked`) || len(m.told) > 0 {
			t.Errorf("without %s: status %d, told %q\n%s", field, w.Code, m.told, w.Body)
		}
	}
	m.fails = behavepro.Explain(behavepro.ErrInvalid, `"main" is no full name of a ref`, "write refs/heads/main")
	if w := post(t, m.as(admin), path, good.Encode()); w.Code != 422 || !strings.Contains(w.Body.String(), "is no full name of a ref.") || !strings.Contains(w.Body.String(), "refs/tags/*") {
		t.Errorf("what does not do: status %d\n%s", w.Code, w.Body)
	}
	m.fails = nil
	good.Set("ctx", "who-and-what")
	if w := post(t, m.as(admin, inside), path, good.Encode()); w.Code != 303 || !strings.Contains(w.Header().Get("Location"), "did=trust") {
		t.Fatalf("status %d\n%s", w.Code, w.Body)
	}
	want := access.Trust{
		Name: "acme/shop", Projects: []behavepro.ProjectKey{"BANK", "SHOP"}, Repository: "id-shop/webstore", Issuer: m.issuers[1], RepositoryID: "1001", OwnerID: "77",
		Refs: []string{"refs/heads/main", "refs/tags/*"}, Events: []string{"push", "web"}, Gate: true,
	}
	if diff := cmp.Diff(want, m.trust); diff != "" {
		t.Errorf("the trust (-want +got)\n%s", diff)
	}
	m.told = nil
	if w := post(t, m.as(admin), path+"/x1/end", ""); w.Code != 303 || cmp.Diff([]string{"end x1"}, m.told) != "" {
		t.Errorf("its end: status %d, told %q", w.Code, m.told)
	}
	m.issuers, m.trusts = nil, nil
	if body := get(t, m.as(admin), "/settings").Body.String(); strings.Contains(body, "CI jobs") {
		t.Error("a server that takes no ID tokens speaks of them")
	}
}
