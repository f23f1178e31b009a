package api

import (
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/web"
)

func (s *Server) listFeatures(x *web.Request) error {
	at, rules, err := s.at(x)
	if err != nil {
		return err
	}
	doc := client.FeatureList{
		Repository: x.Repository.Name, Ref: at.Ref, Commit: at.SHA,
		Features: []client.Feature{}, Problems: []client.FileProblem{},
	}
	for f, err := range x.Catalog.Each(x.Context(), at) {
		if err != nil {
			return err
		}
		if f.Feature() != nil {
			doc.Features = append(doc.Features, featureDoc(f, rules))
		}
		doc.Problems = append(doc.Problems, problemDocs(f)...)
	}
	return x.Reply(http.StatusOK, doc)
}

func (s *Server) showFeature(x *web.Request) error {
	at, rules, err := s.at(x)
	if err != nil {
		return err
	}
	path := x.R.URL.Query().Get("path")
	if path == "" {
		return behavepro.Explain(behavepro.ErrInvalid, "no path is named", "")
	}
	f, err := x.Catalog.File(x.Context(), at, path)
	if err != nil {
		return err
	}
	doc := client.FeatureText{
		Repository: x.Repository.Name, Ref: at.Ref, Commit: at.SHA, Problems: list(problemDocs(f)),
		Feature: client.Feature{Path: f.Path, Blob: f.Blob, Scenarios: []client.Scenario{}},
	}
	if feature := f.Feature(); feature != nil {
		doc.Feature = featureDoc(f, rules)
		doc.Keyword, doc.Language, doc.Description = feature.Keyword, feature.Language, feature.Description
		for i := range doc.Feature.Scenarios {
			doc.Feature.Scenarios[i].Text = textDoc(feature, i)
		}
	}
	return x.Reply(http.StatusOK, doc)
}

// at resolves the query's commit in the path's repository, and reads the repository's link rules.
func (s *Server) at(x *web.Request) (catalog.At, gherkin.LinkRules, error) {
	at, err := x.Catalog.Resolve(x.Context(), x.Repository, x.R.URL.Query().Get("commit"))
	if err != nil {
		return at, gherkin.LinkRules{}, err
	}
	rules, err := gherkin.CompileLinkRules(x.Repository.Links)
	return at, rules, err
}

func problemDocs(f *catalog.FeatureFile) []client.FileProblem {
	var docs []client.FileProblem
	for _, p := range f.Problems {
		docs = append(docs, client.FileProblem{Path: f.Path, Blob: f.Blob, Line: p.Line, Message: p.Message})
	}
	return docs
}

func featureDoc(f *catalog.FeatureFile, rules gherkin.LinkRules) client.Feature {
	feature := f.Feature()
	doc := client.Feature{Path: f.Path, Blob: f.Blob, Name: feature.Name, Scenarios: make([]client.Scenario, len(feature.Scenarios))}
	for i := range feature.Scenarios {
		s := &feature.Scenarios[i]
		doc.Scenarios[i] = client.Scenario{
			Name: s.Name, Line: s.Line, Lineage: f.Identity.Scenarios[i].Lineage,
			Issues: list(gherkin.LinksOf(feature, i, rules)), Tags: tagDocs(feature.TagsOf(i)), Rows: rowDocs(s),
		}
	}
	return doc
}

func tagDocs(tags []gherkin.Tag) []string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return names
}

func rowDocs(s *gherkin.Scenario) []client.Row {
	rows := []client.Row{}
	for ref, row := range gherkin.Rows(s) {
		rows = append(rows, client.Row{Line: row.Line, Cells: cells(s.Examples[ref.Examples].Header, row.Cells)})
	}
	return rows
}

func cells(header, values []string) map[string]string {
	m := make(map[string]string, len(header))
	for i, name := range header {
		if i < len(values) {
			m[name] = values[i]
		}
	}
	return m
}

func textDoc(feature *gherkin.Feature, i int) *client.ScenarioText {
	s := &feature.Scenarios[i]
	text := &client.ScenarioText{Keyword: s.Keyword, Description: s.Description, Steps: stepDocs(s.Steps), Background: []client.Step{}}
	if rule := feature.RuleOf(i); rule != nil {
		text.Rule = rule.Name
	}
	for _, b := range feature.Backgrounds(i) {
		text.Background = append(text.Background, stepDocs(b.Steps)...)
	}
	return text
}

func stepDocs(steps []gherkin.Step) []client.Step {
	docs := make([]client.Step, len(steps))
	for i, s := range steps {
		docs[i] = client.Step{Keyword: s.Keyword, Text: s.Text, Table: s.Table}
		if s.DocString != nil {
			docs[i].DocString, docs[i].MediaType = &s.DocString.Content, s.DocString.MediaType
		}
	}
	return docs
}
