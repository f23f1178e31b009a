package pages

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
)

// Bounds of looking for an issue on other branches.
const (
	askedBranches = 50
	askedPaths    = 20
	namedBranches = 5
)

// absent shows a repository that once named an issue but has no scenario for it at its ref: where it has some. nil says
// that it never named the issue, or that nothing of it was synced.
func (p *Pages) absent(v *Visit, key behavepro.IssueKey, r *catalog.Repository, q url.Values) (*issueGroup, error) {
	paths, err := v.Catalog.MentionedPaths(v.ctx(), r.ID, string(key))
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	at, err := v.Catalog.Resolve(v.ctx(), r, cmp.Or(q.Get(refField(r)), q.Get("ref")))
	if errors.Is(err, behavepro.ErrNotFound) {
		at, err = v.Catalog.Resolve(v.ctx(), r, "")
	}
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g := &issueGroup{
		Absent: true, Name: r.Name, At: at.SHA, Ref: cmp.Or(at.Ref, at.SHA.Short()), Docs: p.link.documentation(r, values("ref", refOf(at))),
		AtLink: p.link.documentation(r, values("ref", at.SHA.String())),
	}
	if g.Picker, err = p.picker(v, at, p.link.issue(key, nil), refField(r), q); err != nil {
		return nil, err
	}
	g.Branches, err = p.branchesOf(v, key, at, paths[:min(len(paths), askedPaths)])
	if err != nil || len(g.Branches) == 0 && q.Get("ref") == "" && q.Get(refField(r)) == "" {
		return nil, err // a name in a tag that links to nothing, or long gone
	}
	return g, nil
}

// branchesOf names branches that have scenarios for an issue, those named after it first.
func (p *Pages) branchesOf(v *Visit, key behavepro.IssueKey, at catalog.At, paths []string) ([]option, error) {
	refs, err := v.Catalog.Refs(v.ctx(), at.Repository.ID, at.Head.RefSet)
	if err != nil {
		return nil, err
	}
	other := func(r catalog.Ref) bool { return !strings.Contains(strings.ToUpper(r.Name), string(key)) }
	slices.SortStableFunc(refs, func(a, b catalog.Ref) int { return boolOrder(other(a), other(b)) })
	rules := linkRules(at.Repository)
	var found []option
	for _, ref := range refs[:min(len(refs), askedBranches)] {
		there := at
		there.Ref, there.SHA = ref.Name, ref.SHA
		n, err := linkedAt(v, there, key, paths, rules)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			link := p.link.issue(key, values(refField(at.Repository), ref.Name))
			found = append(found, option{Value: link, Text: fmt.Sprintf("%s (%d)", ref.Name, n)})
		}
		if len(found) == namedBranches {
			break
		}
	}
	return found, nil
}

// linkedAt counts the scenarios at some paths of a commit that link to an issue.
func linkedAt(v *Visit, at catalog.At, key behavepro.IssueKey, paths []string, rules gherkin.LinkRules) (n int, err error) {
	for _, path := range paths {
		f, err := v.Catalog.File(v.ctx(), at, path)
		if errors.Is(err, behavepro.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		feature := f.Feature()
		if feature == nil {
			continue
		}
		for i := range feature.Scenarios {
			linked := slices.Contains(gherkin.LinksOf(feature, i, rules), key)
			for e := 0; e < len(feature.Scenarios[i].Examples) && !linked; e++ {
				linked = slices.Contains(gherkin.RowLinks(feature, i, e, rules), key)
			}
			if linked {
				n++
			}
		}
	}
	return n, nil
}
