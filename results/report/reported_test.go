package report_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/report"
)

// TestReportedIsStored checks that every field of a result survives its stored form, and that an empty one is small.
func TestReportedIsStored(t *testing.T) {
	t.Parallel()
	want := report.Reported{
		File: "r.json", URI: "file:f/a.feature", Path: "f/a.feature",
		Source: &report.Source{Blobs: []behavepro.SHA{{1}}, Wording: behavepro.Wording{2}},
		Suite:  "S", Feature: "F", Rule: "R", Name: "N", Line: 7, Outline: 3, Row: "1-2", Raw: "passed", Duration: time.Second,
		Start: time.Unix(1700000000, 0).UTC(), Attempt: 1, Keyword: "Given", Step: "x", Message: "m", Cut: true, Retry: "0.1", Dropped: 2, Loose: true, Trust: report.Steps,
		Cells: []string{"1", "2"}, Kind: 3,
		Stack: "at a.go:1", Attachments: []model.AttachmentRef{{Hash: behavepro.Hash{3}, Size: 4, Name: "shot"}},
	}
	for i, v := 0, reflect.ValueOf(want); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the test does not fill %s", v.Type().Field(i).Name)
		}
	}
	stored, err := cbor.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got report.Reported
	if err := cbor.Unmarshal(stored, &got); err != nil {
		t.Fatal(err)
	}
	got.Start = got.Start.UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if small, err := cbor.Marshal(report.Reported{Raw: "passed"}); err != nil || len(small) > 12 {
		t.Errorf("a result without details takes %d bytes (%v)", len(small), err)
	}
}
