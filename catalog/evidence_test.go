package catalog_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
)

// TestEvidenceOf puts the rules of several projects together: of each the strictest counts, wherever it comes.
func TestEvidenceOf(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := catalogtest.Open(t)
	for project, rule := range map[behavepro.ProjectKey]catalog.EvidenceRule{
		"ALL": {Keep: catalog.KeepAll}, "ALL30": {Keep: catalog.KeepAll, Days: 30, Masks: []string{"a"}},
		"SOME90": {Keep: catalog.KeepMessages, Days: 90}, "NONE": {Keep: catalog.KeepNone, Masks: []string{"b"}}, "NONE7": {Keep: catalog.KeepNone, Days: 7},
	} {
		if err := c.PutEvidenceRule(ctx, project, &rule); err != nil {
			t.Fatal(err)
		}
	}
	type keys = []behavepro.ProjectKey
	for _, test := range []struct {
		projects keys
		keep     catalog.Keep
		days     int
		masks    []string
	}{
		{nil, catalog.KeepMessages, 0, nil},
		{keys{"UNSET"}, catalog.KeepMessages, 0, nil},
		{keys{"ALL"}, catalog.KeepAll, 0, nil},
		{keys{"ALL", "UNSET"}, catalog.KeepMessages, 0, nil},
		{keys{"ALL", "ALL30"}, catalog.KeepAll, 30, []string{"a"}}, // without a limit is not stricter
		{keys{"ALL30", "ALL"}, catalog.KeepAll, 30, []string{"a"}},
		{keys{"ALL30", "SOME90"}, catalog.KeepMessages, 30, []string{"a"}},
		{keys{"SOME90", "ALL30"}, catalog.KeepMessages, 30, []string{"a"}},
		{keys{"ALL30", "NONE7"}, catalog.KeepNone, 7, []string{"a"}},
		{keys{"NONE", "SOME90", "ALL30"}, catalog.KeepNone, 30, []string{"b", "a"}},
		{keys{"ALL30", "SOME90", "NONE"}, catalog.KeepNone, 30, []string{"a", "b"}},
	} {
		got, err := c.EvidenceOf(ctx, test.projects)
		if err != nil {
			t.Fatal(err)
		}
		want := catalog.EvidenceRule{Keep: test.keep, Days: test.days, Masks: test.masks}
		if diff := cmp.Diff(want, got.EvidenceRule); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.projects, diff)
		}
	}
}
