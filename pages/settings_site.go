package pages

import (
	"context"

	"github.com/behavepro/behavepro"
)

// Rules are what the admins of a site decide for it. The zero Rules allow nothing.
type Rules struct {
	ProjectAdmins bool // who administers a project connects repositories to it
	Anonymous     bool // who is not signed in sees what the site shows to everybody

	ChangedBy behavepro.Change // who decided so
}

// Site keeps the rules of the visitor's site.
type Site interface {
	Rules(ctx context.Context) (Rules, error)
	SetRules(ctx context.Context, is Rules) error
}

// siteRules is the form of a site's rules.
type siteRules struct {
	Action string
	Rules  Rules
}

const (
	fieldProjectAdmins = "project-admins"
	fieldAnonymous     = "anonymous"
	checked            = "yes"
)

func (p *Pages) siteRules(v *Visit) (*siteRules, error) {
	if v.Site == nil {
		return nil, nil
	}
	is, err := v.Site.Rules(v.ctx())
	return &siteRules{p.link.write("site"), is}, err
}

// setRules takes a box that is not checked as no: that is how browsers send it.
func (p *Pages) setRules(v *Visit) error {
	if v.Site == nil {
		return behavepro.Explain(behavepro.ErrForbidden, "a site's admins decide this", "open the page of this app in Jira's administration")
	}
	f := newForm(v.R.PostForm)
	is := Rules{
		ProjectAdmins: f.text(fieldProjectAdmins) == checked, Anonymous: f.text(fieldAnonymous) == checked,
		ChangedBy: v.Principal.Change(v.Now),
	}
	if err := v.Site.SetRules(v.ctx(), is); err != nil {
		return err
	}
	return v.goTo(p.link.settings("site"))
}
