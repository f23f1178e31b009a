package pages_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/pages"
)

// TestStepsAreBounded: the page says how many it does not show, and escapes what people wrote.
func TestStepsAreBounded(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "webstore", "SHOP")
	var text strings.Builder
	text.WriteString("Feature: Many\n  Scenario: steps\n")
	var told model.Definitions
	for i := range 203 {
		fmt.Fprintf(&text, "    Given step <b>%d\n    Given Step <b>%d\n", i, i)
		told.All = append(told.All, model.StepDefinition{Pattern: fmt.Sprintf("<i>%03d", i), Place: "steps.js", Line: i + 1})
	}
	for i := range 14 {
		fmt.Fprintf(&text, "    Given the end%s\n", strings.Repeat("!", i))
	}
	tip := h.Commit(map[string]string{"many.feature": text.String()})
	h.Branch("main", map[string]behavepro.SHA{"main": tip})
	now := time.Unix(1_700_009_000, 0)
	show := func() string {
		t.Helper()
		w := get(t, serve(pages.New(pages.Options{}), h.Catalog, now, everything), "/repositories/webstore/steps")
		if w.Code != 200 {
			t.Fatalf("status %d", w.Code)
		}
		return w.Body.String()
	}
	if page := show(); !strings.Contains(page, "No build of this commit tells step definitions") || strings.Contains(page, "Unused") {
		t.Errorf("nothing is told, and the page says\n%s", page)
	}
	s := &shop{History: h, commits: map[string]behavepro.SHA{"tip": tip}, tells: told}
	for build := range 22 {
		s.push(t.Context(), "tip", build, now.Add(time.Duration(build)*time.Minute), nil, nil)
	}
	page := show()
	for _, want := range []string{
		"203 of 203 step definitions", "&lt;i&gt;199<", "and 3 more: <code>behavepro steps", "204 steps are written", "and 4 more ways", "and 2 older pushes",
		"No pattern is defined at more than one place",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, no := range []string{"<i>", "<b>1", "&lt;i&gt;200<", "step definitions than are kept"} {
		if strings.Contains(page, no) {
			t.Errorf("the page holds %q", no)
		}
	}
}

// TestStepsBeforeTheFirstSync: a repository that was never synced has a page, which says so.
func TestStepsBeforeTheFirstSync(t *testing.T) {
	t.Parallel()
	h := catalogtest.New(t, catalogtest.Open(t), "webstore", "SHOP")
	w := get(t, serve(pages.New(pages.Options{}), h.Catalog, time.Unix(1_700_009_000, 0), everything), "/repositories/webstore/steps")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "when the first import is done") {
		t.Errorf("status %d\n%s", w.Code, w.Body.String())
	}
}
