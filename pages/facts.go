package pages

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// Issues tells what the site around a page says of issues, and only of those that the visitor may browse there.
type Issues interface {
	// About leaves out the issues that the site does not know and those that the visitor may not browse.
	About(ctx context.Context, keys []behavepro.IssueKey) (map[behavepro.IssueKey]Fact, error)
	// Missing lists the keys that tags name and no issue has.
	Missing(ctx context.Context) ([]behavepro.IssueKey, error)
	// People resolves accounts to names, which are shown and not stored; unknown ones are left out.
	People(ctx context.Context, accounts []string) (map[string]string, error)
}

// Fact is what a site says of an issue.
type Fact struct {
	Summary     string
	Status      string
	Sprint      string
	FixVersions []string
	Assignee    string // an account; "" is nobody
}

// MostFacts is of how many issues of a ref a site is asked.
const MostFacts = 5000

// facts are what is known of a ref's issues for a visitor.
type facts struct {
	of    map[behavepro.IssueKey]Fact
	names map[string]string // of accounts
	site  bool              // there is a site to ask
	mute  bool              // it did not answer
	cut   bool              // there are more than MostFacts issues
}

// factsOf asks about issues. Where the site does not answer, nothing is told of any issue.
func (v *Visit) factsOf(keys []behavepro.IssueKey) facts {
	if v.Issues == nil {
		return facts{}
	}
	f := facts{site: true, cut: len(keys) > MostFacts}
	var err error
	if f.of, err = v.Issues.About(v.ctx(), keys[:min(len(keys), MostFacts)]); err != nil {
		return facts{site: true, mute: true}
	}
	accounts := map[string]bool{}
	for _, fact := range f.of {
		if fact.Assignee != "" {
			accounts[fact.Assignee] = true
		}
	}
	if len(accounts) > 0 {
		if f.names, err = v.Issues.People(v.ctx(), slices.Sorted(maps.Keys(accounts))); err != nil {
			f.names = nil // nobody can be chosen by name; the rest stands
		}
	}
	return f
}

func keysOf(all []catalog.IssueTally) []behavepro.IssueKey {
	keys := make([]behavepro.IssueKey, len(all))
	for i := range all {
		keys[i] = all[i].Key
	}
	return keys
}

// choice is one field that chooses scenarios by their issues.
type choice struct {
	Name, Label string
	Options     []option
}

// Names of the query's fields about issues.
const (
	byIssue    = "issue"
	bySprint   = "sprint"
	byVersion  = "version"
	byAssignee = "assignee"
)

// choices offer the sprints, fix versions and assignees of the issues that the visitor may browse.
func (f *facts) choices(chosen filter) []choice {
	sprints, versions, people := map[string]string{}, map[string]string{}, map[string]string{}
	for _, fact := range f.of {
		sprints[fact.Sprint] = fact.Sprint
		for _, version := range fact.FixVersions {
			versions[version] = version
		}
		if name := f.names[fact.Assignee]; name != "" {
			people[fact.Assignee] = name
		}
	}
	var all []choice
	for _, c := range []struct {
		name, label, chosen string
		texts               map[string]string
	}{
		{bySprint, "Sprint", chosen.Sprint, sprints},
		{byVersion, "Fix version", chosen.Version, versions},
		{byAssignee, "Assignee", chosen.Assignee, people},
	} {
		delete(c.texts, "")
		if c.chosen != "" && c.texts[c.chosen] == "" {
			c.texts[c.chosen] = c.chosen
		}
		if len(c.texts) == 0 {
			continue
		}
		options := []option{{"", "Any " + strings.ToLower(c.label), c.chosen == ""}}
		byText := func(a, b string) int { return cmp.Or(cmp.Compare(c.texts[a], c.texts[b]), cmp.Compare(a, b)) }
		for _, value := range slices.SortedFunc(maps.Keys(c.texts), byText) {
			options = append(options, option{value, c.texts[value], value == c.chosen})
		}
		all = append(all, choice{c.name, c.label, options})
	}
	return all
}

// only lists the issues that a filter lets through; nil stands for all scenarios, also those of no issue.
func (f *facts) only(chosen filter) (map[behavepro.IssueKey]bool, error) {
	if !chosen.byIssue() {
		return nil, nil
	}
	if !chosen.bySite() {
		return map[behavepro.IssueKey]bool{chosen.Issue: true}, nil
	}
	if f.mute {
		return nil, behavepro.Explain(
			behavepro.ErrUnavailable,
			"Jira could not be asked about the issues that you look for",
			"try again in a minute",
		)
	}
	all := map[behavepro.IssueKey]bool{}
	for key, fact := range f.of {
		if (chosen.Issue == "" || key == chosen.Issue) && (chosen.Sprint == "" || fact.Sprint == chosen.Sprint) &&
			(chosen.Assignee == "" || fact.Assignee == chosen.Assignee) &&
			(chosen.Version == "" || slices.Contains(fact.FixVersions, chosen.Version)) {
			all[key] = true
		}
	}
	return all, nil
}

// chips name what scenarios are chosen by, each leading to the same without it.
func (f *facts) chips(chosen filter, link func(filter) string) []chip {
	var all []chip
	add := func(text string, without filter) {
		without.From, without.Issues = 0, false
		all = append(all, chip{Text: text, Link: link(without), Current: true, Title: "Take this away"})
	}
	if chosen.Issue != "" {
		without := chosen
		without.Issue = ""
		add(string(chosen.Issue), without)
	}
	if chosen.Sprint != "" {
		without := chosen
		without.Sprint = ""
		add(chosen.Sprint, without)
	}
	if chosen.Version != "" {
		without := chosen
		without.Version = ""
		add("Fix version "+chosen.Version, without)
	}
	if chosen.Assignee != "" {
		without := chosen
		without.Assignee = ""
		add("Assignee "+cmp.Or(f.names[chosen.Assignee], chosen.Assignee), without)
	}
	return all
}
