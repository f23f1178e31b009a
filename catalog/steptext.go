package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/behavepro/behavepro/gherkin"
)

// wayPlaces is how many places are named of each way in which a step is written.
const wayPlaces = 3

// endMarks are left out at the end of a step where steps are compared.
const endMarks = ".,;:!?…。、，；：！？"

// stepTexts are the steps of feature files by their form, then by their text.
type stepTexts map[string]map[string]*StepWay

// addFeature adds the steps of backgrounds and scenarios, as written: those of an outline once, with their placeholders.
func (t stepTexts) addFeature(path string, f *gherkin.Feature) {
	add := func(steps []gherkin.Step) {
		for i := range steps {
			t.add(path, &steps[i])
		}
	}
	if f.Background != nil {
		add(f.Background.Steps)
	}
	for i := range f.Rules {
		if b := f.Rules[i].Background; b != nil {
			add(b.Steps)
		}
	}
	for i := range f.Scenarios {
		add(f.Scenarios[i].Steps)
	}
}

func (t stepTexts) add(path string, s *gherkin.Step) {
	form := stepForm(s.Text)
	if form == "" {
		return
	}
	ways := t[form]
	if ways == nil {
		ways = map[string]*StepWay{}
		t[form] = ways
	}
	way := ways[s.Text]
	if way == nil {
		way = &StepWay{Text: s.Text}
		ways[s.Text] = way
	}
	way.Count++
	if len(way.Places) < wayPlaces {
		way.Places = append(way.Places, StepPlace{path, s.Line})
	}
}

// stepForm is a step's text in lower case, with single spaces and without punctuation at its end.
func stepForm(text string) string {
	return strings.TrimRight(strings.ToLower(strings.Join(strings.Fields(text), " ")), endMarks+" ")
}

// variants lists what is written in more than one way: what is written most often first, then by text.
func (t stepTexts) variants() []StepVariants {
	type counted struct {
		StepVariants
		total int
	}
	var all []counted
	for _, ways := range t {
		if len(ways) < 2 {
			continue
		}
		var one counted
		for _, way := range ways {
			one.Ways = append(one.Ways, *way)
			one.total += way.Count
		}
		slices.SortFunc(one.Ways, func(a, b StepWay) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Text, b.Text)) })
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.total, a.total), strings.Compare(a.Ways[0].Text, b.Ways[0].Text))
	})
	out := make([]StepVariants, len(all))
	for i := range all {
		out[i] = all[i].StepVariants
	}
	return out
}
