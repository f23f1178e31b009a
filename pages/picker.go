package pages

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/behavepro/behavepro/catalog"
)

// picker chooses a ref of a repository.
type picker struct {
	Label   string
	Action  string
	Field   string // of the query
	Keep    []pair // other fields of the query
	Options []option
	More    int // branches that are left out
}

type pair struct{ Name, Value string }

type option struct {
	Value, Text string
	Selected    bool
}

// listedBranches bounds a picker; other branches can be typed.
const listedBranches = 200

// picker lists the branches of a repository, the default one first. keep is the page's query without the ref.
func (p *Pages) picker(v *Visit, at catalog.At, action, field string, keep url.Values) (picker, error) {
	out := picker{Label: "Branch of " + at.Repository.Name, Action: action, Field: field}
	for _, p := range pairs(keep) {
		if p.Name != field {
			out.Keep = append(out.Keep, p)
		}
	}
	out.Keep = p.kept(out.Keep)
	refs, err := v.Catalog.Refs(v.ctx(), at.Repository.ID, at.Head.RefSet)
	if err != nil {
		return out, err
	}
	slices.SortStableFunc(refs, func(a, b catalog.Ref) int {
		return cmp.Or(boolOrder(a.Name != at.Head.Default, b.Name != at.Head.Default), boolOrder(a.Name != at.Ref, b.Name != at.Ref))
	})
	if at.Ref == "" {
		out.Options = append(out.Options, option{at.SHA.String(), "commit " + at.SHA.Short(), true})
	}
	if len(refs) > listedBranches {
		out.More = len(refs) - listedBranches
		refs = refs[:listedBranches]
	}
	for _, r := range refs {
		o := option{r.Name, r.Name, r.Name == at.Ref}
		if o.Selected {
			o.Text += " · " + r.SHA.Short()
		}
		out.Options = append(out.Options, o)
	}
	return out, nil
}

// pairs lists the fields of a query, or only those with some names.
func pairs(q url.Values, names ...string) []pair {
	var all []pair
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if len(names) == 0 || slices.Contains(names, name) {
			for _, value := range q[name] {
				all = append(all, pair{name, value})
			}
		}
	}
	return all
}

// typed is the end of the name of a field that holds a typed commit.
const typed = "-commit"

// settle puts typed commits in the place of chosen branches. It reports whether there were any.
func settle(q url.Values) bool {
	changed := false
	for name := range q {
		if field, ok := strings.CutSuffix(name, typed); ok {
			if commit := strings.TrimSpace(q.Get(name)); commit != "" {
				q.Set(field, commit)
			}
			q.Del(name)
			changed = true
		}
	}
	return changed
}

// refOf is how links name the ref: "" for the default branch.
func refOf(at catalog.At) string {
	switch at.Ref {
	case "":
		return at.SHA.String()
	case at.Head.Default:
		return ""
	}
	return at.Ref
}
