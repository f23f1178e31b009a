package pages

import (
	"cmp"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// featureView is one feature with its scenarios.
type featureView struct {
	Name        string
	Path        string
	Tags        []string
	Description string
	Language    string
	Problems    []gherkin.Problem
	Background  []stepView
	Chips       []chip
	Sections    []section
	Shown       int
	Total       int
	Earlier     string
	Later       string
	Clear       string
}

// section is a rule with its scenarios, or those in none.
type section struct {
	Rule        string
	Description string
	Background  []stepView
	Blocks      []block
}

// listedBlocks is how many scenarios of a feature are shown at once.
const listedBlocks = 100

// feature shows a feature with the scenarios that a filter lets through.
func (p *Pages) feature(v *Visit, d *drawing, f filter, view *catalog.FeatureView, shown []int) (*featureView, error) {
	link := func(f filter) string { return p.link.documentation(d.at.Repository, f.values()) }
	out := &featureView{
		Name: cmp.Or(view.Name, view.Path), Path: view.Path, Tags: view.Tags, Problems: view.Problems, Language: view.Language,
		Total: len(view.Scenarios), Shown: len(shown), Clear: link(f.cleared()),
	}
	file, err := v.Catalog.File(v.ctx(), d.at, view.Path)
	if err != nil {
		return nil, err
	}
	feature := file.Feature()
	if feature == nil {
		return out, nil
	}
	out.Description = feature.Description
	if feature.Background != nil {
		out.Background = stepViews(feature.Background.Steps)
	}
	out.Chips = append(featureChips(f, view, linkRules(d.at.Repository), link), d.facts.chips(f, link)...)
	from := min(f.From, len(shown))
	until := min(from+listedBlocks, len(shown))
	if from > 0 {
		earlier := f
		earlier.From = max(0, from-listedBlocks)
		out.Earlier = link(earlier)
	}
	if until < len(shown) {
		later := f
		later.From = until
		out.Later = link(later)
	}
	views := make([]catalog.ScenarioView, 0, until-from)
	for _, i := range shown[from:until] {
		views = append(views, view.Scenarios[i])
	}
	if views, err = v.Catalog.Explained(v.ctx(), d.at.Repository.ID, views); err != nil {
		return nil, err
	}
	out.Sections = d.sections(feature, view.Path, views)
	return out, nil
}

// sections puts scenarios under their rules.
func (d *drawing) sections(feature *gherkin.Feature, path string, views []catalog.ScenarioView) []section {
	var all []section
	last := -1
	opened := 0
	for i := range views {
		v := &views[i]
		if n := feature.Scenarios[v.Index].Rule; n != last {
			last = n
			s := section{}
			if rule := feature.RuleOf(v.Index); rule != nil {
				s.Rule, s.Description = cmp.Or(rule.Name, rule.Keyword), rule.Description
				if rule.Background != nil {
					s.Background = stepViews(rule.Background.Steps)
				}
			}
			all = append(all, s)
		}
		b := d.block(feature, path, v)
		if b.Open = len(views) <= 3 || v.Status == behavepro.Failed && opened < 3; b.Open {
			opened++
		}
		s := &all[len(all)-1]
		s.Blocks = append(s.Blocks, b)
	}
	return all
}

// featureChips filter the scenarios of a feature.
func featureChips(f filter, view *catalog.FeatureView, rules gherkin.LinkRules, link func(filter) string) []chip {
	var b bar
	tags := map[string]int{}
	var order []string
	for i := range view.Scenarios {
		s := &view.Scenarios[i]
		b.add(s)
		for _, tag := range s.Tags {
			if slices.Contains(view.Tags, tag) || len(rules.Keys(tag)) > 0 {
				continue // what all have tells nothing apart; what leads to an issue has a page of its own
			}
			if tags[tag]++; tags[tag] == 1 {
				order = append(order, tag)
			}
		}
	}
	chips := statusChips(f, b, link)
	if b.Total() > 20 {
		order = slices.DeleteFunc(order, func(tag string) bool { return tags[tag] == 1 }) // nobody looks for one that way
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(tags[b], tags[a]) })
	for _, tag := range order[:min(len(order), listedTags)] {
		chips = append(chips, chip{Text: tag, Link: link(f.toggle(tag)), Current: slices.Contains(f.Tags, tag)})
	}
	return chips
}

// statusChips filter by status; those that would find nothing are left out.
func statusChips(f filter, b bar, link func(filter) string) []chip {
	chips := []chip{{Text: "All " + number(b.Total()), Link: link(f.withStatus("")), Current: f.Status == ""}}
	for _, c := range []struct {
		n            int
		text, status string
	}{
		{b.Failed, "Failed", "failed"},
		{b.Flaky, "Flaky", "flaky"},
		{b.Stale, "Stale", "stale"},
		{b.NotRun, "Not run", "notRun"},
		{b.Skipped, "Skipped", "skipped"},
		{b.Passed, "Passed", "passed"},
	} {
		if c.n > 0 || f.Status == c.status {
			chips = append(chips, chip{Text: c.text + " " + number(c.n), Link: link(f.withStatus(c.status)), Current: f.Status == c.status})
		}
	}
	return chips
}
