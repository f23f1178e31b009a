package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// tokenLine is a token in a list.
type tokenLine struct {
	Name, ID string
	Reach    string // projects, and the repository where it is for one
	Can      string
	Created  time.Time
	LastUsed time.Time
	Expires  time.Time
	Expired  bool
	Home     bool
	Revoke   string // "" where it is not for this page to end it
}

// tokens lists the tokens within the visitor's reach that were not revoked: those of projects that it reaches all of.
func (v *Visit) tokens() ([]access.Token, error) {
	all, err := v.Manager.Tokens(v.ctx())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(t access.Token) bool { return !t.Revoked.IsZero() || !v.Principal.ReachesToken(&t) }), nil
}

func (p *Pages) tokenLines(v *Visit, repos []*catalog.Repository) ([]tokenLine, error) {
	tokens, err := v.tokens()
	if err != nil {
		return nil, err
	}
	var lines []tokenLine
	for _, t := range tokens {
		line := tokenLine{
			Name: t.Name, ID: t.ID, Reach: "all projects", Created: t.Created, LastUsed: t.LastUsed, Expires: t.Expires, Home: t.Home,
			Expired: !t.Expires.IsZero() && !v.Now.Before(t.Expires),
		}
		if !t.AllProjects {
			line.Reach = joinKeys(t.Projects)
		}
		if t.Repository != "" {
			line.Reach += ", only " + nameOf(repos, t.Repository)
		}
		verbs := make([]string, len(t.Verbs))
		for i, verb := range t.Verbs {
			verbs[i] = string(verb)
		}
		line.Can = strings.Join(verbs, ", ")
		if !t.Home {
			line.Revoke = p.link.write("tokens", t.ID, "revoke")
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func joinKeys(keys []behavepro.ProjectKey) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

func nameOf(repos []*catalog.Repository, id behavepro.RepositoryID) string {
	for _, r := range repos {
		if r.ID == id {
			return r.Name
		}
	}
	return "a repository that is gone"
}

type tokenPage struct {
	sheet
	Name     input
	Projects projectsField
	Whole    bool // no project stands for all
	Can      []verbChoice
	Expires  []option
	Repos    []option
}

type verbChoice struct {
	Verb    access.Verb
	About   string
	Checked bool
}

// verbsFor are the verbs that the visitor may give a token, the usual ones first.
func (v *Visit) verbsFor() []verbChoice {
	all := []verbChoice{
		{access.ResultsWrite, "send results", true},
		{access.ResultsRead, "read results", true},
		{access.ReposRead, "read repositories and features", true},
	}
	if !v.NoLeave { // else it would do what the visitor may not
		all = append(all, verbChoice{access.ReposWrite, "connect, change and remove repositories", false})
	}
	if v.Principal.AllProjects {
		all = append(all, verbChoice{access.Admin, "everything, tokens too", false})
	}
	return all
}

// lifetimes are how many days a token may work; 0 is for good.
var lifetimes = []struct {
	days int
	text string
}{{365, "in a year"}, {90, "in 90 days"}, {30, "in 30 days"}, {0, "never"}}

func (p *Pages) newToken(v *Visit) error {
	if err := v.tokenKeeper(); err != nil {
		return err
	}
	return p.showNewToken(v, newForm(nil))
}

func (v *Visit) tokenKeeper() error {
	if v.Manager == nil {
		return behavepro.Explain(behavepro.ErrForbidden, "tokens are not managed here", "")
	}
	return v.Principal.AllowTokens()
}

func (p *Pages) showNewToken(v *Visit, f *form) error {
	page := tokenPage{
		sheet: p.sheet(v, "Create a token", f, "tokens"),
		Name: f.field(
			input{
				Name:     fieldName,
				Label:    "Name",
				Required: true,
				Example:  "CI of the webstore",
				About:    "Says where it is used, for the day when you revoke it.",
			},
		),
		Projects: v.projectsField(f), Whole: v.Principal.AllProjects, Can: v.verbsFor(),
	}
	page.Projects.Input.About, page.Projects.Input.Required = "Keys of the projects that it reaches.", true
	if page.Whole {
		page.Projects.Input.About, page.Projects.Input.Required = "Keys of the projects that it reaches. Empty: all, those to come too.", false
	}
	if f.values.Has(fieldName) {
		for i := range page.Can {
			page.Can[i].Checked = slices.Contains(f.values[fieldCan], string(page.Can[i].Verb))
		}
	}
	for _, l := range lifetimes {
		days := strconv.Itoa(l.days)
		page.Expires = append(page.Expires, option{days, l.text, days == f.text(fieldExpires)})
	}
	repos, err := v.repositories()
	if err != nil {
		return err
	}
	page.Repos = repositoryOptions(repos, f)
	v.once()
	return p.render(v.W, v.R, f.status(), "newtoken", &page)
}

const maxTokenName = 100

func (p *Pages) createToken(v *Visit) error {
	if err := v.tokenKeeper(); err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	wish, err := v.tokenWish(f)
	if err != nil {
		return err
	}
	if len(f.wrong) > 0 {
		return p.showNewToken(v, f)
	}
	secret, err := v.Manager.CreateToken(v.ctx(), wish)
	switch {
	case f.refused(err):
		return p.showNewToken(v, f)
	case err != nil:
		return err
	}
	page := madeToken{frame: p.frame(v.Now, "A new token"), Name: wish.Name, Secret: secret.Reveal(), Back: p.link.settings("")}
	v.once()
	return p.render(v.W, v.R, http.StatusOK, "token", &page)
}

type madeToken struct {
	frame
	Name   string
	Secret string
	Back   string
}

// tokenWish reads the form of a token. It never reaches further than its maker.
func (v *Visit) tokenWish(f *form) (access.NewToken, error) {
	wish := access.NewToken{Name: f.text(fieldName), Grant: access.Grant{Tenant: v.Principal.Tenant}}
	switch {
	case wish.Name == "":
		f.fail(fieldName, "The name is missing.")
	case len(wish.Name) > maxTokenName:
		f.fail(fieldName, fmt.Sprintf("A name has at most %d bytes.", maxTokenName))
	}
	if v.Principal.AllProjects && len(f.words(fieldProjects)) == 0 {
		wish.AllProjects = true
	} else {
		wish.Projects = v.projectsOf(f)
	}
	may := v.verbsFor()
	for _, word := range f.values[fieldCan] {
		if !slices.ContainsFunc(may, func(c verbChoice) bool { return string(c.Verb) == word }) {
			f.denied = true
			f.fail(fieldCan, fmt.Sprintf("A token made here may not do %q.", word))
		}
		wish.Verbs = append(wish.Verbs, access.Verb(word))
	}
	if len(wish.Verbs) == 0 {
		f.fail(fieldCan, "Choose at least one: a token without any opens nothing.")
	}
	days, err := strconv.Atoi(f.text(fieldExpires))
	if err != nil || days < 0 || days > 3650 {
		f.fail(fieldExpires, "Choose when it expires.")
	} else if days > 0 {
		wish.Expires = v.Now.AddDate(0, 0, days)
	}
	wish.Repository, err = v.repositoryOf(f)
	return wish, err
}

// repositoryOptions offer one repository, or all.
func repositoryOptions(repos []*catalog.Repository, f *form) []option {
	all := []option{{"", "all of its projects", false}}
	for _, r := range repos {
		all = append(all, option{string(r.ID), r.Name, string(r.ID) == f.text(fieldRepository)})
	}
	return all
}

// repositoryOf is the repository that was chosen, "" for all; one out of the visitor's reach is ErrNotFound.
func (v *Visit) repositoryOf(f *form) (behavepro.RepositoryID, error) {
	id := behavepro.RepositoryID(f.text(fieldRepository))
	if id == "" {
		return "", nil
	}
	repos, err := v.repositories()
	if err == nil && !slices.ContainsFunc(repos, func(r *catalog.Repository) bool { return r.ID == id }) {
		err = behavepro.Explain(behavepro.ErrNotFound, "there is no such repository within your reach", "")
	}
	return id, err
}

func (p *Pages) revokeToken(v *Visit) error {
	if err := v.tokenKeeper(); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	tokens, err := v.tokens()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(t access.Token) bool { return t.ID == id })
	switch {
	case at < 0:
		return behavepro.Explain(behavepro.ErrNotFound, "there is no such token within your reach", "")
	case tokens[at].Home:
		return behavepro.Explain(behavepro.ErrForbidden, "this is the server's own token", "who runs the server replaces it")
	}
	if err := v.Manager.RevokeToken(v.ctx(), id); err != nil {
		return err
	}
	return v.goTo(p.link.settings("revoke"))
}
