package pages

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// listView is a directory, or what a filter finds.
type listView struct {
	Title       string
	Path        string
	Bar         bar
	Chips       []chip
	Entries     []listEntry
	Failing     []lineView // of an overview: what needs attention
	MoreBad     string     // leads to all of them
	Issues      []issueLine
	AllKeys     string               // leads to all issues, where some are left out
	Keys        int                  // how many issues there are
	About       bool                 // something is known of them
	Foreign     []behavepro.IssueKey // of projects that have not accepted the repository
	MoreForeign int                  // that are left out
	Untold      bool                 // no results have been pushed for this ref
	Unlinked    bool                 // no scenario links to an issue
	Name        string               // of the repository
	More        int                  // features that are left out
	Dirs        bool
}

// listEntry is a directory or a feature in a list.
type listEntry struct {
	Name  string
	Path  string
	Link  string
	Bar   bar
	Lines []lineView // the scenarios that a filter lets through
	More  int
}

// lineView is a scenario in one line.
type lineView struct {
	Status   behavepro.Status
	Name     string
	Aside    string
	Lozenges []lozenge
	Strip    stripView
	Link     string
}

// Bounds of a list.
const (
	listedFeatures = 100
	listedLines    = 300
	listedFailing  = 8
	listedTags     = 8
	listedKeys     = 24
)

// list shows a directory, or what a filter finds in it.
func (p *Pages) list(v *Visit, d *drawing, f filter, s *catalog.Standing, all []matched, root *node) (*listView, error) {
	dir := root
	if f.Path != "" {
		if dir = root.find(f.Path); dir == nil && !strings.HasPrefix(root.Path, f.Path) && !f.Active() {
			return nil, behavepro.Explain(
				behavepro.ErrNotFound,
				"There is no directory "+f.Path+" with features in "+s.At.Repository.Name+" at this commit.",
				"",
			)
		} else if dir == nil {
			dir = &node{Path: f.Path, Dir: true}
		}
	}
	link := func(f filter) string { return p.link.documentation(s.At.Repository, f.values()) }
	out := &listView{Title: "All features", Path: f.Path, Bar: dir.Bar}
	if f.Path != "" {
		out.Title = path.Base(f.Path)
	}
	below := all[:0:0]
	for _, m := range all {
		if strings.HasPrefix(m.Feature.Path, f.Path) {
			below = append(below, m)
		}
	}
	out.Chips = slices.Concat(statusChips(f, tallied(s, f), link), tagChips(f, s, link), d.facts.chips(f, link))
	switch {
	case f.Active():
		out.Title = "Found"
		d.found(out, f, below, link)
	case len(below) > listedFeatures:
		out.Dirs = true
		for _, kid := range dir.Kids {
			out.Entries = append(out.Entries, listEntry{Name: kid.Name, Path: kid.Path, Link: link(f.at(kid.Path)), Bar: kid.Bar})
		}
	default:
		for _, m := range below {
			out.Entries = append(out.Entries, listEntry{
				Name: cmp.Or(m.Feature.Name, path.Base(m.Feature.Path)), Path: m.Feature.Path, Link: link(f.at(m.Feature.Path)), Bar: m.Bar,
			})
		}
	}
	if !f.Active() {
		d.failing(out, f, below, link)
		if f.Path == "" {
			out.overview(p, d, s, f, link)
		}
	}
	return out, nil
}

// overview adds what concerns the whole ref.
func (l *listView) overview(p *Pages, d *drawing, s *catalog.Standing, f filter, link func(filter) string) {
	l.Name, l.Untold, l.Unlinked = s.At.Repository.Name, s.Runs.Builds() == 0, s.Tally.Scenarios > 0 && s.Tally.Linked == 0
	all := p.linkedIssues(s)
	l.Keys = len(all)
	for _, issue := range s.Issues() {
		if p.link.site != "" && s.At.Repository.Foreign(issue.Key) {
			l.Foreign = append(l.Foreign, issue.Key)
		}
	}
	slices.SortFunc(l.Foreign, catalog.CompareKeys)
	if l.MoreForeign = max(0, len(l.Foreign)-listedKeys); l.MoreForeign > 0 {
		l.Foreign = l.Foreign[:listedKeys]
	}
	switch {
	case f.Issues:
		all = slices.SortedFunc(slices.Values(all), func(a, b catalog.IssueTally) int { return catalog.CompareKeys(a.Key, b.Key) })
	case l.Keys > listedKeys:
		all = all[:listedKeys]
		f.Issues = true
		l.AllKeys = link(f)
	}
	l.Issues, l.About = p.issueLines(all, &d.facts), len(d.facts.of) > 0
}

// linkedIssues are those that a ref's tags link to: inside a site, only those of projects that connected or accepted the repository.
func (p *Pages) linkedIssues(s *catalog.Standing) []catalog.IssueTally {
	if p.link.site == "" {
		return s.Issues()
	}
	return slices.DeleteFunc(slices.Clone(s.Issues()), func(i catalog.IssueTally) bool { return s.At.Repository.Foreign(i.Key) })
}

// tallied counts the scenarios below a path, whatever a filter says.
func tallied(s *catalog.Standing, f filter) bar {
	if f.Path == "" {
		return barOf(&s.Tally)
	}
	var t catalog.Tally
	for _, feature := range s.Features {
		if strings.HasPrefix(feature.Path, f.Path) {
			t.Add(&feature.Tally)
		}
	}
	return barOf(&t)
}

// tagChips offer the tags that most scenarios have and that link to no issue, and those that are chosen.
func tagChips(f filter, s *catalog.Standing, link func(filter) string) []chip {
	var tags []string
	for _, t := range s.Tags()[:min(len(s.Tags()), listedTags)] {
		tags = append(tags, t.Name)
	}
	for _, tag := range f.Tags {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	chips := make([]chip, len(tags))
	for i, tag := range tags {
		chips[i] = chip{Text: tag, Link: link(f.toggle(tag)), Current: slices.Contains(f.Tags, tag)}
	}
	return chips
}

// linkRules say which tags lead to issues.
func linkRules(r *catalog.Repository) gherkin.LinkRules {
	rules, err := gherkin.CompileLinkRules(r.Links)
	if err != nil {
		return gherkin.DefaultLinkRules() // a wrong pattern shows where links are asked for
	}
	return rules
}

// found lists the scenarios that a filter lets through, under their features.
func (d *drawing) found(out *listView, f filter, below []matched, link func(filter) string) {
	lines := 0
	for _, m := range below {
		if len(out.Entries) == listedFeatures || lines >= listedLines {
			out.More++
			continue
		}
		at := f.at(m.Feature.Path)
		e := listEntry{Name: cmp.Or(m.Feature.Name, path.Base(m.Feature.Path)), Path: m.Feature.Path, Link: link(at), Bar: m.Bar}
		for _, i := range m.Scenarios {
			if lines == listedLines {
				e.More++
				continue
			}
			lines++
			e.Lines = append(e.Lines, d.line(&m.Feature.Scenarios[i], "", link(at)))
		}
		out.Entries = append(out.Entries, e)
	}
}

// failing lists some of what fails.
func (d *drawing) failing(out *listView, f filter, below []matched, link func(filter) string) {
	for _, m := range below {
		for i := range m.Feature.Scenarios {
			s := &m.Feature.Scenarios[i]
			if s.Status != behavepro.Failed {
				continue
			}
			if len(out.Failing) == listedFailing {
				out.MoreBad = link(f.withStatus(string(behavepro.Failed)))
				return
			}
			out.Failing = append(out.Failing, d.line(s, m.Feature.Name, link(f.at(m.Feature.Path))))
		}
	}
}

func (d *drawing) line(s *catalog.ScenarioView, aside, link string) lineView {
	if n := len(s.Rows); n > 0 && aside == "" {
		aside = plural(n, "example", "examples")
	}
	return lineView{
		Status: s.Status, Name: cmp.Or(s.Name, s.Keyword+" without a name"), Aside: aside, Lozenges: d.lozenges(s), Strip: stripOf(s.Strip),
		Link: link + "#s-" + s.Lineage.String()[:12],
	}
}
