package gherkin

import cucumber "github.com/cucumber/gherkin/go/v28"

func (b *builder) addFeature(t *cucumber.Token) {
	b.feature = &Feature{Line: t.Location.Line, Keyword: t.Keyword, Name: t.Text, Tags: b.tags}
	if t.GherkinDialect != cucumber.DefaultDialect {
		b.feature.Language = t.GherkinDialect
	}
	b.tags, b.about = nil, &b.feature.Description
}

func (b *builder) addRule(t *cucumber.Token) {
	f := b.feature
	if len(f.Rules) == MaxRules {
		b.stop(t.Location.Line, MaxRules, "rules")
		return
	}
	f.Rules = append(f.Rules, Rule{Line: t.Location.Line, Keyword: t.Keyword, Name: t.Text, Tags: b.tags})
	b.rule = len(f.Rules)
	b.tags, b.steps, b.table = nil, nil, nil
	b.about = &f.Rules[b.rule-1].Description
}

func (b *builder) addBackground(t *cucumber.Token) {
	background := &Background{Line: t.Location.Line, Keyword: t.Keyword, Name: t.Text}
	if b.rule > 0 {
		b.feature.Rules[b.rule-1].Background = background
	} else {
		b.feature.Background = background
	}
	b.steps, b.about, b.table = &background.Steps, &background.Description, nil
}

func (b *builder) addScenario(t *cucumber.Token) {
	f := b.feature
	if len(f.Scenarios) == MaxScenarios {
		b.stop(t.Location.Line, MaxScenarios, "scenarios")
		return
	}
	f.Scenarios = append(f.Scenarios, Scenario{Line: t.Location.Line, Keyword: t.Keyword, Name: t.Text, Tags: b.tags, Rule: b.rule})
	scenario := &f.Scenarios[len(f.Scenarios)-1]
	b.tags, b.table = nil, nil
	b.steps, b.about = &scenario.Steps, &scenario.Description
}

func (b *builder) addExamples(t *cucumber.Token) {
	if b.tables++; b.tables > MaxExamples {
		b.stop(t.Location.Line, MaxExamples, "Examples tables")
		return
	}
	scenario := &b.feature.Scenarios[len(b.feature.Scenarios)-1]
	scenario.Examples = append(scenario.Examples, Examples{Line: t.Location.Line, Keyword: t.Keyword, Name: t.Text, Tags: b.tags})
	b.table = &scenario.Examples[len(scenario.Examples)-1]
	b.tags, b.about = nil, &b.table.Description
}

func (b *builder) addStep(t *cucumber.Token) {
	if b.allSteps++; b.allSteps > MaxSteps {
		b.stop(t.Location.Line, MaxSteps, "steps")
		return
	}
	b.table = nil
	*b.steps = append(*b.steps, Step{Line: t.Location.Line, Keyword: t.Keyword, Text: t.Text})
}
