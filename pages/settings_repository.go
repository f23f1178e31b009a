package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

type repositoryPage struct {
	frame
	managedLine
	Done       string
	Back       string
	Keep       []pair
	Closed     said // why the visitor changes nothing
	Failed     []said
	At         string // address that forms go to, without the last part
	NewName    input
	Keys       projectsField
	Globs      input
	Folder     input
	Credential credentialFields
	Hook       string
	HookMade   time.Time
	Confirm    input
	Foreign    []foreignView // projects whose issues its tags name, and those that it is offered to
}

func (p *Pages) repositorySettings(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	return p.showRepository(v, r, newForm(nil))
}

// showRepository shows the settings of a repository with what was typed into one of their forms.
func (p *Pages) showRepository(v *Visit, r *catalog.Repository, f *form) error {
	page := repositoryPage{frame: p.frame(v.Now, "Settings · "+r.Name), Back: p.link.settings(""), Keep: p.kept(nil), Failed: f.failed}
	var err error
	if page.managedLine, err = p.managed(v, r); err != nil {
		return err
	}
	if v.R.Method == http.MethodGet {
		page.Done = done[v.R.URL.Query().Get("did")]
	}
	page.At = p.link.write("repositories", segment(r))
	switch err := v.changes(r); {
	case err != nil:
		if all, ok := tell(err); ok {
			page.Closed = all[0]
		}
	default:
		page.fill(v, r, f)
		if err := page.hook(v, r); err != nil {
			return err
		}
		if page.Foreign, err = p.foreign(v, r); err != nil {
			return err
		}
	}
	v.once()
	return p.render(v.W, v.R, f.status(), "repository", &page)
}

// changes tells why the visitor does not change a repository; nil where it may.
func (v *Visit) changes(r *catalog.Repository) error {
	if v.Manager == nil {
		return behavepro.Explain(behavepro.ErrForbidden, "settings are only shown here", "")
	}
	return v.Principal.AllowOwner(access.ReposWrite, r)
}

// fill makes the forms, of what was typed where something was, else of what is so.
func (page *repositoryPage) fill(v *Visit, r *catalog.Repository, f *form) {
	now := newForm(url.Values{
		fieldName: {
			r.Name,
		}, fieldProjects: {strings.ReplaceAll(joinKeys(v.Principal.Seen(r.Owners())), ",", "")}, fieldBranches: {strings.Join(r.Branches, " ")},
		fieldPath: {r.Path},
	})
	if f.values.Has(fieldBranches) {
		now = f
	}
	page.NewName = now.field(input{Name: fieldName, Label: "Name", Required: true})
	page.Keys = v.projectsField(now)
	page.Globs, page.Folder = branchesField(now), pathField(now)
	page.Credential = credentialForm(f)
	page.Confirm = f.field(input{Name: fieldConfirmed, Label: "Type its name to remove it", Required: true, Mono: true, Example: r.Name})
}

func (page *repositoryPage) hook(v *Visit, r *catalog.Repository) error {
	h, err := v.Manager.Hook(v.ctx(), r.ID)
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil
	}
	page.Hook, page.HookMade = h.URL, h.Created
	return err
}

// syncNow needs one of the repository's projects; all other writes need them all.
func (p *Pages) syncNow(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	if err := v.Principal.AllowRepository(access.ReposWrite, r); err != nil {
		return err
	}
	if err := v.Manager.Sync(v.ctx(), r.ID); err != nil {
		return err
	}
	return v.goTo(p.link.settings("sync"))
}

func (p *Pages) changeRepository(v *Visit) error {
	r, err := v.owned()
	if err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	name, branches, path := f.text(fieldName), f.words(fieldBranches), strings.Trim(f.text(fieldPath), "/")
	projects := v.projectsOf(f)
	if name == "" {
		f.fail(fieldName, "The name is missing.")
	}
	if !f.values.Has(fieldBranches) || !f.values.Has(fieldPath) {
		f.fail(fieldBranches, "The form is not complete: load the page again.")
		f.values.Set(fieldBranches, f.values.Get(fieldBranches))
	}
	checkName(f, name)
	checkBranches(f, branches)
	if len(f.wrong) > 0 {
		return p.showRepository(v, r, f)
	}
	err = v.Manager.Change(v.ctx(), r.ID, gitsync.RepositoryChange{Name: &name, Branches: &branches, Path: &path, Projects: &projects})
	if err != nil {
		return p.repositoryFailed(v, r, f, err)
	}
	renamed := *r
	renamed.Name = name
	return v.goTo(p.link.settingsOf(&renamed, "change"))
}

func (p *Pages) repositoryFailed(v *Visit, r *catalog.Repository, f *form, err error) error {
	if !f.refused(err) {
		return err
	}
	return p.showRepository(v, r, f)
}

func (p *Pages) setCredential(v *Visit) error {
	r, err := v.owned()
	if err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	if !f.values.Has(fieldKind) {
		f.fail(fieldKind, "Choose one of these.")
	}
	credential := credentialOf(f)
	if len(f.wrong) > 0 {
		return p.showRepository(v, r, f)
	}
	if err := v.Manager.SetCredential(v.ctx(), r.ID, credential); err != nil {
		return p.repositoryFailed(v, r, f, err)
	}
	return v.goTo(p.link.settingsOf(r, "credential"))
}

func (p *Pages) removeRepository(v *Visit) error {
	r, err := v.owned()
	if err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	if f.text(fieldConfirmed) != r.Name {
		f.fail(fieldConfirmed, "This is not its name: nothing was removed.")
		return p.showRepository(v, r, f)
	}
	if err := v.Manager.Remove(v.ctx(), r.ID); err != nil {
		return err
	}
	return v.goTo(p.link.settings("remove"))
}

func (p *Pages) rotateHook(v *Visit) error {
	r, err := v.owned()
	if err != nil {
		return err
	}
	h, err := v.Manager.RotateHook(v.ctx(), r.ID)
	if err != nil {
		return err
	}
	return p.showHook(v, r, h, nil, false)
}

type hookPage struct {
	frame
	Name     string
	New      bool // the repository was connected just now
	URL      string
	Secret   string
	Warnings []string
	Back     string
}

// showHook shows a webhook's secret, this once.
func (p *Pages) showHook(v *Visit, r *catalog.Repository, h Hook, warnings []string, fresh bool) error {
	page := hookPage{
		frame: p.frame(v.Now, "Webhook · "+r.Name), Name: r.Name, New: fresh, URL: h.URL, Secret: h.Secret.Reveal(), Back: p.link.settings(""),
	}
	for _, w := range warnings {
		page.Warnings = append(page.Warnings, sentence(w))
	}
	v.once()
	return p.render(v.W, v.R, http.StatusOK, "hook", &page)
}
