package jira_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/storetest"
)

const putProperty = "PUT /rest/api/3/issue/{issue}/properties/{key}"

// desk is a tenant: a site, a store and a publisher between them.
type desk struct {
	*world
	scope   *store.Scope
	catalog *catalog.Catalog
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	scope := storetest.NewScope(t, append(catalog.Kinds(), jira.Kinds()...)...)
	return &desk{newWorld(t), scope, catalog.Open(scope)}
}

func (d *desk) known() *jira.Known {
	return &jira.Known{Scope: d.scope, Catalog: d.catalog, Client: d.client, Now: d.clock.Now}
}

// publisher is a fresh one, as another process would make it.
func (d *desk) publisher() *jira.Publisher {
	return &jira.Publisher{Scope: d.scope, Catalog: d.catalog, Client: d.client, Known: d.known(), Now: d.clock.Now}
}

// publish waits for what is gathered, and writes it.
func (d *desk) publish(t *testing.T) jira.Published {
	t.Helper()
	d.clock.pass(20 * time.Second)
	done, err := d.publisher().Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (d *desk) changed(t *testing.T, h *catalogtest.History) {
	t.Helper()
	if _, err := d.publisher().RepositoryChanged(t.Context(), h.Repo.ID); err != nil {
		t.Fatal(err)
	}
}

// property is what an issue has in Jira; "" is none.
func (d *desk) property(t *testing.T, key string) string {
	t.Helper()
	i, err := d.Issue(key)
	if err != nil {
		t.Fatal(err)
	}
	if i.Properties[jira.PropertyKey] == nil {
		return ""
	}
	text, err := json.Marshal(i.Properties[jira.PropertyKey])
	if err != nil {
		t.Fatal(err)
	}
	var p jira.Property
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %d = %d+%d+%d+%d stale %d", p.Status, p.Scenarios, p.Passed, p.Failed, p.Skipped, p.NotRun, p.Stale)
}

func (d *desk) expect(t *testing.T, when string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for key := range want {
		got[key] = d.property(t, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", when, diff)
	}
}

func feature(scenarios ...string) string {
	return "Feature: Pay\n" + strings.Join(scenarios, "")
}

func scenario(tags, name, step string) string {
	return fmt.Sprintf("  %s\n  Scenario: %s\n    Given %s\n", tags, name, step)
}

const tiers = `  @SHOP-2
  Scenario Outline: tiers
    Given <tier>
    Examples:
      | tier   |
      | gold   |
      | silver |
    @SHOP-3
    Examples: new
      | tier   |
      | bronze |
`

// report stores and matches a push that says something of scenarios by name, or of rows by "name/first cell".
func report(t *testing.T, h *catalogtest.History, commit behavepro.SHA, id string, started time.Time, says map[string]behavepro.Status) {
	t.Helper()
	ctx := context.Background()
	p := &catalog.Push{ID: id, Repository: h.Repo.ID, Commit: commit, Build: id, State: catalog.PushWaiting, Started: started, Received: started}
	if err := h.Catalog.PutPush(ctx, p); err != nil {
		t.Fatal(err)
	}
	files, err := h.Catalog.Files(ctx, catalog.At{Repository: h.Repo, SHA: commit})
	if err != nil {
		t.Fatal(err)
	}
	p.Counts = model.Counts{Read: len(says), Matched: len(says)}
	err = h.Catalog.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
		for _, f := range files {
			for i := range f.Feature().Scenarios {
				if err := outcomes(f, i, says, yield); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func outcomes(f *catalog.FeatureFile, i int, says map[string]behavepro.Status, yield func(*catalog.Outcome) error) error {
	s, ids := &f.Feature().Scenarios[i], f.Identity.Scenarios[i]
	if status := says[s.Name]; status != "" {
		if err := yield(&catalog.Outcome{Lineage: ids.Lineage, Status: status, Wording: gherkin.WordingOf(f.Feature(), i)}); err != nil {
			return err
		}
	}
	n := 0
	for ref, row := range gherkin.Rows(s) {
		if status := says[s.Name+"/"+row.Cells[0]]; status != "" {
			o := &catalog.Outcome{Lineage: ids.Lineage, Row: ids.Rows[n], Status: status, Wording: gherkin.RowWording(f.Feature(), i, ref)}
			if err := yield(o); err != nil {
				return err
			}
		}
		n++
	}
	return nil
}

// shop is a repository of SHOP whose scenarios link to SHOP-1 (card, points), SHOP-2 (tiers) and SHOP-3 (a row of tiers).
func (d *desk) shop(t *testing.T) (*catalogtest.History, behavepro.SHA) {
	t.Helper()
	for n := range 4 {
		d.issue(t, jiratest.Issue{Key: fmt.Sprintf("SHOP-%d", n+1)})
	}
	h := catalogtest.New(t, d.catalog, "shop", "SHOP")
	commit := h.Commit(map[string]string{"pay.feature": feature(scenario("@SHOP-1", "card", "a card"), scenario("@SHOP-1 @slow", "points", "points"), tiers)})
	h.Branch("main", map[string]behavepro.SHA{"main": commit})
	return h, commit
}
