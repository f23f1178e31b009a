package pages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// evidenceLine is what a project keeps, on the settings page.
type evidenceLine struct {
	Project behavepro.ProjectKey
	Keeps   string
	Change  string // where the form is
}

type evidencePage struct {
	sheet
	Project behavepro.ProjectKey
	Kept    []option
	Masks   input
	Days    input
}

const fieldKeep, fieldMasks, fieldDays = "keep", "masks", "days"

// keepWords says what a project may keep.
type keepWords struct {
	keep  catalog.Keep
	short string
	about string
}

// keeps has the default first.
var keeps = []keepWords{
	{catalog.KeepMessages, "messages and stacks", "Failure messages and stacks, beside statuses, durations and failing steps"},
	{catalog.KeepAll, "messages, stacks and attachments", "Attachments such as screenshots, too"},
	{catalog.KeepNone, "no evidence", "Statuses, durations and failing steps alone"},
}

// keepOf finds the words for what is kept; nil for what nobody can choose.
func keepOf(keep catalog.Keep) *keepWords {
	for i := range keeps {
		if keeps[i].keep == keep {
			return &keeps[i]
		}
	}
	return nil
}

// evidenceLines lists what is kept by the projects that the visitor administers: its own, and those of the repositories that it sees.
func (p *Pages) evidenceLines(v *Visit, repos []*catalog.Repository) ([]evidenceLine, error) {
	if v.Manager == nil {
		return nil, nil
	}
	projects := slices.Clone(v.Principal.Projects)
	for _, r := range repos {
		projects = append(projects, r.Projects...)
	}
	slices.Sort(projects)
	var lines []evidenceLine
	for _, project := range slices.Compact(projects) {
		if v.Principal.AllowProject(access.ReposWrite, project) != nil {
			continue
		}
		rule, err := v.Catalog.EvidenceRule(v.ctx(), project)
		if err != nil {
			return nil, err
		}
		lines = append(lines, evidenceLine{project, evidenceInWords(&rule), p.link.evidence(project)})
	}
	return lines, nil
}

func evidenceInWords(rule *catalog.EvidenceRule) string {
	words := string(rule.Keep)
	if k := keepOf(rule.Keep); k != nil {
		words = k.short
	}
	if rule.Days > 0 {
		words += " for " + plural(rule.Days, "day", "days")
	}
	if len(rule.Masks) > 0 {
		words += ", " + plural(len(rule.Masks), "pattern masked", "patterns masked")
	}
	return words
}

// administered is the project that the path names, if the visitor decides for it.
func (v *Visit) administered() (behavepro.ProjectKey, error) {
	project, err := behavepro.ParseProjectKey(v.R.PathValue("project"))
	switch {
	case err != nil || !v.Principal.InProject(project):
		return "", behavepro.Explain(behavepro.ErrNotFound, "there is no such project within your reach", "")
	case v.Manager == nil:
		return "", behavepro.Explain(behavepro.ErrForbidden, "what a project keeps is not decided here", "")
	}
	return project, v.Principal.AllowProject(access.ReposWrite, project)
}

func (p *Pages) evidence(v *Visit) error {
	project, err := v.administered()
	if err != nil {
		return err
	}
	rule, err := v.Catalog.EvidenceRule(v.ctx(), project)
	if err != nil {
		return err
	}
	f := newForm(map[string][]string{fieldKeep: {string(rule.Keep)}, fieldMasks: {strings.Join(rule.Masks, "\n")}, fieldDays: {""}})
	if rule.Days > 0 {
		f.values.Set(fieldDays, strconv.Itoa(rule.Days))
	}
	return p.showEvidence(v, project, f)
}

func (p *Pages) showEvidence(v *Visit, project behavepro.ProjectKey, f *form) error {
	page := evidencePage{
		sheet: p.sheet(v, "Evidence of "+string(project), f, "evidence", string(project)), Project: project,
		Masks: f.field(input{
			Name: fieldMasks, Label: "Mask", Rows: 4, Mono: true, Example: `token=\S+`,
			About: "One pattern to a line, as RE2. What it matches in messages, stacks and attached texts is stored as `***`.",
		}),
		Days: f.field(input{
			Name: fieldDays, Label: "Days", Example: "90",
			About: "Evidence that is older is deleted, that of earlier pushes, too. Empty: it is kept as long as its results.",
		}),
	}
	for _, k := range keeps {
		page.Kept = append(page.Kept, option{string(k.keep), k.about, string(k.keep) == f.text(fieldKeep)})
	}
	v.once()
	return p.render(v.W, v.R, f.status(), "evidence", &page)
}

func (p *Pages) changeEvidence(v *Visit) error {
	project, err := v.administered()
	if err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	rule, err := v.Catalog.EvidenceRule(v.ctx(), project)
	if err != nil {
		return err
	}
	rule.Keep, rule.Masks, rule.Days, rule.ChangedBy = catalog.Keep(f.text(fieldKeep)), nil, 0, v.Principal.Change(v.Now)
	if keepOf(rule.Keep) == nil {
		f.fail(fieldKeep, "Choose what is kept.")
	}
	for line := range strings.Lines(f.values.Get(fieldMasks)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			rule.Masks = append(rule.Masks, line)
		}
	}
	if text := f.text(fieldDays); text != "" {
		if rule.Days, err = strconv.Atoi(text); err != nil || rule.Days < 1 || rule.Days > catalog.MaxKeepDays {
			f.fail(fieldDays, fmt.Sprintf("Give 1 to %d days, or nothing.", catalog.MaxKeepDays))
		}
	}
	if len(f.wrong) > 0 {
		return p.showEvidence(v, project, f)
	}
	err = v.Catalog.PutEvidenceRule(v.ctx(), project, &rule)
	switch {
	case f.refused(err):
		return p.showEvidence(v, project, f)
	case err != nil:
		return err
	}
	return v.goTo(p.link.settings("evidence"))
}
