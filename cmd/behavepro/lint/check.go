// Package lint is the command behavepro lint: it says what is wrong or doubtful in feature files, and what a change does to their
// scenarios.
// It asks no server. What it finds is decided purely, of parsed files: Check and Changes; only the command reads files.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/sync/lineage"
)

// Rules that findings name.
const (
	ParseError    = "parse-error"
	IssueTag      = "issue-tag"
	SameName      = "same-name"
	EmptyExamples = "empty-examples"
)

// Levels of findings. A note is no fault.
const (
	Error   = "error"
	Warning = "warning"
	Note    = "note"
)

// Rules say what each rule is about.
var Rules = []struct{ ID, Level, About string }{
	{ParseError, Error, "The file is not Gherkin from here, so that scenarios are missing or cut short."},
	{IssueTag, Warning, "A tag seems to be meant for an issue and links to none, or to a project that was not named."},
	{SameName, Warning, "Scenarios of one file have the same name, so that results which name no line are ambiguous."},
	{EmptyExamples, Warning, "An outline has no example rows, so that it runs nothing."},
	{Added, Note, "The change adds a scenario."},
	{Removed, Note, "The change removes a scenario."},
	{Reworded, Note, "The change makes a scenario say something else: its results until now become stale."},
	{Renamed, Note, "The change gives a scenario another name. It keeps its history."},
	{Moved, Note, "The change moves a scenario to another file. It keeps its history."},
	{Relinked, Note, "The change links a scenario to other issues than before."},
}

// Options say what tags mean.
type Options struct {
	Links    gherkin.LinkRules
	Projects []behavepro.ProjectKey // that issues may belong to; none means any
}

// Check looks at every file by itself. Findings are ordered by path and line.
func Check(files []lineage.TreeFile, opt Options) []client.Finding {
	findings := []client.Finding{}
	for i := range files {
		c := &check{path: files[i].Path, opt: opt, tags: map[string]bool{}}
		c.file(files[i].Doc)
		findings = append(findings, c.found...)
	}
	slices.SortStableFunc(findings, func(a, b client.Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return findings
}

type check struct {
	path  string
	opt   Options
	tags  map[string]bool // told already, at a line
	found []client.Finding
}

func (c *check) tell(rule, level string, line int, format string, args ...any) {
	c.found = append(c.found, client.Finding{Rule: rule, Level: level, Path: c.path, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (c *check) file(doc *gherkin.Document) {
	for _, p := range doc.Problems {
		c.tell(ParseError, Error, p.Line, "%s", p.Message)
	}
	f := doc.Feature
	if f == nil {
		return
	}
	c.tagsOf(f.Tags)
	for i := range f.Rules {
		c.tagsOf(f.Rules[i].Tags)
	}
	first := map[string]int{}
	for i := range f.Scenarios {
		s := &f.Scenarios[i]
		c.tagsOf(s.Tags)
		c.examples(f, s)
		switch line, ok := first[s.Name]; {
		case ok && s.Name == "":
			c.tell(SameName, Warning, s.Line, "like the one at line %d, this scenario has no name", line)
		case ok:
			c.tell(SameName, Warning, s.Line, "the scenario at line %d has the same name: %q", line, s.Name)
		default:
			first[s.Name] = s.Line
		}
	}
}

func (c *check) tagsOf(tags []gherkin.Tag) {
	for _, tag := range tags {
		at := fmt.Sprintf("%d %s", tag.Line, tag.Name)
		if c.tags[at] {
			continue
		}
		c.tags[at] = true
		if doubt := c.opt.Links.Doubt(tag.Name); doubt != "" {
			c.tell(IssueTag, Warning, tag.Line, "%s", doubt)
		}
		for _, key := range c.opt.Links.Keys(tag.Name) {
			if project := key.Project(); len(c.opt.Projects) > 0 && !slices.Contains(c.opt.Projects, project) {
				c.tell(IssueTag, Warning, tag.Line, "%s names an issue of the project %s, which is none of those that were named", tag.Name, project)
			}
		}
	}
}

func (c *check) examples(f *gherkin.Feature, s *gherkin.Scenario) {
	if len(s.Examples) == 0 && gherkin.OutlineKeyword(f.Language, s.Keyword) {
		c.tell(EmptyExamples, Warning, s.Line, "the outline %q has no examples: it runs nothing", s.Name)
	}
	for i := range s.Examples {
		c.tagsOf(s.Examples[i].Tags)
		if len(s.Examples[i].Rows) == 0 {
			c.tell(EmptyExamples, Warning, s.Examples[i].Line, "these examples of %q have no rows", s.Name)
		}
	}
}
