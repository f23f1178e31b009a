package connect_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/pages"
	gitsync "github.com/behavepro/behavepro/sync"
)

// changer is a pages.Manager that changes what a repository is offered to.
type changer struct {
	teller
	catalog *catalog.Catalog
}

func (m *changer) Change(ctx context.Context, id behavepro.RepositoryID, change gitsync.RepositoryChange) error {
	r, err := m.catalog.Repository(ctx, id)
	if err != nil {
		return err
	}
	r.Offered, r.Guests = *change.Offered, *change.Guests
	return m.catalog.PutRepository(ctx, r)
}

// TestForeignKeys: a tag that names another project's issue links to nothing, and is said not to, until the repository's admin offered
// the repository to that project and an admin there accepted it.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	in := newInside(t)
	in.frames.Manager = func(access.Principal) pages.Manager { return &changer{catalog: in.known.Catalog} }
	for project, admin := range map[string]string{"SHOP": "acc-dev", "SEC": "acc-outsider"} {
		if err := in.jira.EditProject(project, func(p *jiratest.Project) {
			p.Browse, p.Administer = append(p.Browse, admin), append(p.Administer, admin)
		}); err != nil {
			t.Fatal(err)
		}
	}
	open := func(module, account, project, issue string) string {
		_, body, _ := in.open(jiratest.Panel{Module: module, Account: account, Project: project, Issue: issue})
		return body
	}
	linked := func(is bool) {
		t.Helper()
		if panel := open("scenarios", "acc-outsider", "", "SEC-1"); strings.Contains(panel, "webstore") != is {
			t.Errorf("the issue shows the repository: %v, want %v\n%s", !is, is, panel)
		}
		if docs := open("documentation", "acc-dev", "SHOP", ""); strings.Contains(docs, "SEC-1 (not allowed by SEC)") == is {
			t.Errorf("the documentation says that the key is foreign: %v, want %v\n%s", is, !is, docs)
		}
	}
	linked(false)
	_, settings, _ := in.get(in.link(open("settings", "acc-dev", "SHOP", ""), "/settings/repositories/webstore?"))
	if !strings.Contains(settings, "not allowed by SEC") {
		t.Fatalf("the settings of the repository:\n%s", settings)
	}
	offers, own := in.link(settings, "/repositories/webstore/offers"), in.token(settings)
	sec := open("settings", "acc-outsider", "SEC", "")
	if strings.Contains(sec, "webstore") {
		t.Errorf("nothing was offered yet:\n%s", sec)
	}
	answer, other := strings.Replace(offers, "/repositories/webstore/offers", "/offers/id-webstore", 1), in.token(sec)
	send := func(who, address, form string, want int) {
		t.Helper()
		if status, body, _ := in.send(address, form); status != want {
			t.Errorf("%s: status %d, want %d\n%s", who, status, want, body)
		}
	}
	send("SEC takes what was not offered", answer, other+"&project=SEC&do=accept", http.StatusNotFound)
	send("SEC offers another's repository", offers, other+"&project=SEC&do=offer", http.StatusNotFound)
	send("no token", offers, "project=SEC&do=offer", http.StatusUnauthorized)
	send("SHOP offers it to itself", offers, own+"&project=SHOP&do=offer", http.StatusBadRequest)
	send("SHOP offers", offers, own+"&project=SEC&do=offer", http.StatusSeeOther)
	linked(false)
	send("SHOP accepts for SEC", answer, own+"&project=SEC&do=accept", http.StatusNotFound)
	linked(false)
	if sec := open("settings", "acc-outsider", "SEC", ""); !strings.Contains(sec, "Accept for SEC") {
		t.Errorf("the offer is not shown:\n%s", sec)
	}
	send("SEC accepts", answer, other+"&project=SEC&do=accept", http.StatusSeeOther)
	linked(true)
	send("SEC changes the repository", strings.Replace(offers, "/offers", "/remove", 1), other+"&confirm=webstore", http.StatusForbidden)
	send("SHOP ends it", offers, own+"&project=SEC&do=end", http.StatusSeeOther)
	linked(false)
}
