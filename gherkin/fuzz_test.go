package gherkin

import (
	"bytes"
	"strings"
	"testing"

	cucumber "github.com/cucumber/gherkin/go/v28"
)

func FuzzParse(f *testing.F) {
	for name, blob := range samples(f) {
		if !strings.HasSuffix(name, ".md") {
			f.Add(blob)
		}
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		doc := Parse("a.feature", blob)
		last := 1 + bytes.Count(blob, []byte("\n")) + bytes.Count(blob, []byte("\r"))
		sealed := Encode(doc)
		back, err := Decode(sealed)
		if err != nil || !bytes.Equal(Encode(back), sealed) {
			t.Fatalf("does not come back: %v", err)
		}
		Mentions(doc)
		for _, p := range doc.Problems {
			if strings.Contains(p.Message, "the parser failed") {
				t.Fatalf("panic: %s", p.Message)
			}
		}
		if back.Feature == nil {
			return
		}
		line := 0
		for i := range back.Feature.Scenarios {
			s := &back.Feature.Scenarios[i]
			if s.Line <= line || s.Line > last {
				t.Fatalf("scenario %d at line %d, after %d, of %d", i, s.Line, line, last)
			}
			line = s.Line
			if WordingOf(back.Feature, i) != WordingOf(doc.Feature, i) || BodyOf(back.Feature, i) != BodyOf(doc.Feature, i) {
				t.Fatalf("scenario %d says something else once stored", i)
			}
			StepLines(s)
			for ref := range Rows(s) {
				RowWording(back.Feature, i, ref)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for name, blob := range samples(f) {
		f.Add(Encode(Parse(name, blob)))
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		doc, err := Decode(sealed)
		if err != nil || doc.Feature == nil {
			return
		}
		for i := range doc.Feature.Scenarios {
			WordingOf(doc.Feature, i)
			doc.Feature.TagsOf(i)
		}
	})
}

func benchmarkText() []byte {
	var b strings.Builder
	b.WriteString("@SHOP-1\nFeature: a shop\n")
	for range 100 {
		b.WriteString("\n  @wip @SHOP-2\n  Scenario: buying things\n    Given a customer named \"Ann\"\n      | item | count |\n      | tea  | 2     |\n" +
			"    When she pays 10 euros\n    And says\n      \"\"\"\n      thank you\n      \"\"\"\n    Then the basket is empty\n")
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	blob := benchmarkText()
	b.SetBytes(int64(len(blob)))
	b.ReportAllocs()
	for b.Loop() {
		Parse("a.feature", blob)
	}
}

// BenchmarkOfficial is what BenchmarkParse is to be compared with.
func BenchmarkOfficial(b *testing.B) {
	text := string(benchmarkText())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = cucumber.ParseGherkinDocument(strings.NewReader(text), func() string { return "" })
	}
}

func BenchmarkDecode(b *testing.B) {
	blob := benchmarkText()
	sealed := Encode(Parse("a.feature", blob))
	b.SetBytes(int64(len(blob)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(sealed); err != nil {
			b.Fatal(err)
		}
	}
}
