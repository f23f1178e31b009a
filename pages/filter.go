package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// filter is what of a ref is looked at, as the address says it.
type filter struct {
	Ref    string // as it was asked for; "" is the default branch
	Path   string // of a feature file, or of a directory with a slash at its end
	Query  string
	Tags   []string // all of them
	Status string   // a status, "stale" or "flaky"
	From   int      // first scenario of a feature's list
	Issues bool     // list all issues of the ref

	// What the scenarios' issues have to be; "" is anything. All but Issue are known of issues that the visitor may browse.
	Issue                     behavepro.IssueKey
	Sprint, Version, Assignee string

	only map[behavepro.IssueKey]bool // the issues that these let through; nil is all
}

func filterOf(q url.Values) filter {
	f := filter{Ref: q.Get("ref"), Path: q.Get("path"), Query: strings.TrimSpace(q.Get("q")), Status: q.Get("status")}
	for _, tag := range q["tag"] {
		if tag != "" && !slices.Contains(f.Tags, tag) {
			f.Tags = append(f.Tags, tag)
		}
	}
	f.From, _ = strconv.Atoi(q.Get("from")) // what is no number is the beginning
	f.From, f.Issues = max(0, f.From), q.Get("issues") == "all"
	f.Issue = behavepro.IssueKey(strings.ToUpper(strings.TrimSpace(q.Get(byIssue))))
	f.Sprint, f.Version, f.Assignee = q.Get(bySprint), q.Get(byVersion), q.Get(byAssignee)
	return f
}

func (f filter) values() url.Values {
	q := values(
		"ref",
		f.Ref,
		"path",
		f.Path,
		"q",
		f.Query,
		"status",
		f.Status,
		byIssue,
		string(f.Issue),
		bySprint,
		f.Sprint,
		byVersion,
		f.Version,
		byAssignee,
		f.Assignee,
	)
	if len(f.Tags) > 0 {
		q["tag"] = f.Tags
	}
	if f.From > 0 {
		q.Set("from", strconv.Itoa(f.From))
	}
	if f.Issues {
		q.Set("issues", "all")
	}
	return q
}

// at is the filter on another path.
func (f filter) at(path string) filter {
	f.Path, f.From, f.Issues = path, 0, false
	return f
}

// toggle adds a tag or takes it away.
func (f filter) toggle(tag string) filter {
	f.From, f.Issues = 0, false
	if i := slices.Index(f.Tags, tag); i >= 0 {
		f.Tags = slices.Delete(slices.Clone(f.Tags), i, i+1)
		return f
	}
	f.Tags = append(slices.Clone(f.Tags), tag)
	return f
}

func (f filter) withStatus(status string) filter {
	f.Status, f.From, f.Issues = status, 0, false
	return f
}

// Active reports whether some scenarios may be left out.
func (f filter) Active() bool {
	return f.Query != "" || len(f.Tags) > 0 || f.Status != "" || f.byIssue()
}

// byIssue reports whether scenarios are chosen by their issues, bySite whether by what only a site knows of them.
func (f filter) byIssue() bool { return f.Issue != "" || f.bySite() }

func (f filter) bySite() bool { return f.Sprint != "" || f.Version != "" || f.Assignee != "" }

// cleared is the filter without what leaves scenarios out.
func (f filter) cleared() filter { return filter{Ref: f.Ref, Path: f.Path} }

// matched is a feature with those of its scenarios that a filter lets through.
type matched struct {
	Feature   *catalog.FeatureView
	Scenarios []int // nil where the filter lets all through
	Bar       bar
}

// searchedFeatures is up to how many features their steps are searched, too.
const searchedFeatures = 3000

// match applies a filter to a ref. steps says whether the texts of steps were searched, too.
func (f filter) match(v *Visit, s *catalog.Standing) (all []matched, steps bool, err error) {
	if !f.Active() {
		all = make([]matched, len(s.Features))
		for i, feature := range s.Features {
			all[i] = matched{Feature: feature, Bar: barOf(&feature.Tally)}
		}
		return all, false, nil
	}
	words, tags := f.terms()
	steps = len(s.Features) <= searchedFeatures
	var undecided []*catalog.FeatureView
	all = make([]matched, 0, len(s.Features))
	for _, feature := range s.Features {
		m := matched{Feature: feature}
		open := false
		for i := range feature.Scenarios {
			scenario := &feature.Scenarios[i]
			if !f.lets(scenario) || !tagged(scenario, tags) {
				continue
			}
			if missing := missingWords(words, feature, scenario); len(missing) > 0 {
				open = true
				continue
			}
			m.Scenarios = append(m.Scenarios, i)
		}
		if open && steps {
			undecided = append(undecided, feature)
		}
		all = append(all, m)
	}
	if len(undecided) > 0 {
		if err := f.searchSteps(v, s, all, words, tags); err != nil {
			return nil, false, err
		}
	}
	kept := all[:0]
	for _, m := range all {
		for _, i := range m.Scenarios {
			m.Bar.add(&m.Feature.Scenarios[i])
		}
		if len(m.Scenarios) > 0 {
			kept = append(kept, m)
		}
	}
	return kept, steps, nil
}

// searchSteps adds the scenarios whose steps hold the words that nothing else of them holds.
func (f filter) searchSteps(v *Visit, s *catalog.Standing, all []matched, words, tags []string) error {
	n := 0
	for file, err := range v.Catalog.Each(v.ctx(), s.At) {
		if err != nil {
			return err
		}
		for n < len(all) && all[n].Feature.Path < file.Path {
			n++
		}
		if n == len(all) || all[n].Feature.Path != file.Path || file.Feature() == nil {
			continue
		}
		m := &all[n]
		for i := range m.Feature.Scenarios {
			scenario := &m.Feature.Scenarios[i]
			if slices.Contains(m.Scenarios, i) || !f.lets(scenario) || !tagged(scenario, tags) {
				continue
			}
			if missing := missingWords(words, m.Feature, scenario); holdsAll(stepText(file.Feature(), scenario.Index), missing) {
				m.Scenarios = append(m.Scenarios, i)
			}
		}
		slices.Sort(m.Scenarios)
	}
	return nil
}

// terms splits the query into words and, with an @, tags.
func (f filter) terms() (words, tags []string) {
	for word := range strings.FieldsSeq(strings.ToLower(f.Query)) {
		if len(word) > 1 && word[0] == '@' {
			tags = append(tags, word)
		} else {
			words = append(words, word)
		}
	}
	return words, tags
}

// lets applies what does not depend on the query.
func (f filter) lets(s *catalog.ScenarioView) bool {
	if f.only != nil && !slices.ContainsFunc(s.Keys(), func(key behavepro.IssueKey) bool { return f.only[key] }) {
		return false
	}
	for _, tag := range f.Tags {
		if !slices.Contains(s.Tags, tag) {
			return false
		}
	}
	switch f.Status {
	case "":
		return true
	case "stale":
		return s.Stale
	case "flaky":
		return s.Flaky
	}
	return s.Status == behavepro.Status(f.Status)
}

// tagged reports whether each of some beginnings is that of a tag.
func tagged(s *catalog.ScenarioView, begins []string) bool {
	for _, begin := range begins {
		if !slices.ContainsFunc(s.Tags, func(tag string) bool { return strings.HasPrefix(strings.ToLower(tag), begin) }) &&
			!slices.ContainsFunc(s.Keys(), func(key behavepro.IssueKey) bool { return strings.EqualFold("@"+string(key), begin) }) {
			return false
		}
	}
	return true
}

// missingWords lists the words that stand neither in names nor in the path.
func missingWords(words []string, f *catalog.FeatureView, s *catalog.ScenarioView) []string {
	var missing []string
	for _, word := range words {
		if !contains(s.Name, word) && !contains(f.Name, word) && !contains(s.Rule, word) && !contains(f.Path, word) {
			missing = append(missing, word)
		}
	}
	return missing
}

func contains(text, lower string) bool { return strings.Contains(strings.ToLower(text), lower) }

func holdsAll(lower string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(lower, word) {
			return false
		}
	}
	return true
}

// stepText is what the steps and examples of a scenario say, in lower case.
func stepText(f *gherkin.Feature, i int) string {
	var b strings.Builder
	s := &f.Scenarios[i]
	for j := range s.Steps {
		step := &s.Steps[j]
		b.WriteString(step.Keyword + step.Text + "\n")
		for _, row := range step.Table {
			b.WriteString(strings.Join(row, " ") + "\n")
		}
		if step.DocString != nil {
			b.WriteString(step.DocString.Content + "\n")
		}
	}
	for _, row := range gherkin.Rows(s) {
		b.WriteString(strings.Join(row.Cells, " ") + "\n")
	}
	return strings.ToLower(b.String())
}
