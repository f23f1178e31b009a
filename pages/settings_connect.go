package pages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
)

type connectPage struct {
	sheet
	Found      string
	URL, Name  input
	Projects   projectsField
	Branches   input
	Path       input
	Credential credentialFields
}

// projectsField asks for projects, where there is a choice.
type projectsField struct {
	Only  behavepro.ProjectKey // the only one that the visitor reaches
	Input input
}

// credentialFields ask for what opens a repository.
type credentialFields struct {
	Kind             string
	Kinds            []option
	User, Token      input
	Key, Hosts       input
	SecretsWereGiven bool // and have to be given again
	Error            string
}

func (p *Pages) connecting(v *Visit) error {
	if v.Manager == nil {
		return behavepro.Explain(behavepro.ErrForbidden, "settings are only shown here", "")
	}
	if err := v.mayConnect(); err != nil {
		return err
	}
	return p.showConnect(v, newForm(nil), "")
}

func (p *Pages) showConnect(v *Visit, f *form, found string) error {
	page := connectPage{sheet: p.sheet(v, "Connect a repository", f, "connect"), Found: found}
	page.URL = f.field(input{
		Name: fieldURL, Label: "Address", Required: true, Mono: true, Example: "https://git.example.com/shop/webstore.git",
		About: "https://, ssh:// or git@host:path.",
	})
	page.Name = f.field(
		input{Name: fieldName, Label: "Name", About: "For people and the command line. Empty: the last two parts of the address."},
	)
	page.Projects = v.projectsField(f)
	page.Branches = branchesField(f)
	page.Path = pathField(f)
	page.Credential = credentialForm(f)
	v.once()
	return p.render(v.W, v.R, f.status(), "connect", &page)
}

func (v *Visit) projectsField(f *form) projectsField {
	return projectsField{v.onlyProject(), f.field(input{
		Name: fieldProjects, Label: "Projects", Required: true, Example: "SHOP, LOYAL", Mono: true,
		About: "Keys of the projects whose issues the scenarios belong to.",
	})}
}

func branchesField(f *form) input {
	return f.field(
		input{
			Name:    fieldBranches,
			Label:   "Branches",
			Example: "main release/* feature/**",
			Mono:    true,
			About:   "Patterns of the branches to read. Empty: all.",
		},
	)
}

func pathField(f *form) input {
	return f.field(
		input{
			Name:    fieldPath,
			Label:   "Feature path",
			Example: "features",
			Mono:    true,
			About:   "Folder whose feature files are read. Empty: the whole repository.",
		},
	)
}

// Kinds of credentials.
const (
	withNone  = "none"
	withToken = "token"
	withKey   = "ssh"
)

func credentialForm(f *form) credentialFields {
	c := credentialFields{
		Kind: f.text(fieldKind),
		User: f.field(input{Name: fieldUser, Label: "User", About: "Empty where the Git host wants none."}),
		Token: f.field(
			input{
				Name:     fieldToken,
				Label:    "Token or password",
				Required: true,
				Type:     "password",
				About:    "Reading is enough. It is stored sealed and never shown again.",
			},
		),
		Key: f.field(input{
			Name: fieldKey, Label: "Private key", Required: true, Rows: 5, Mono: true, Example: "-----BEGIN OPENSSH PRIVATE KEY-----",
			About: "Without a passphrase. Its public half is a deploy key at the Git host. It is stored sealed and never shown again.",
		}),
		Hosts: f.field(input{
			Name: fieldHosts, Label: "Host key of the server", Required: true, Rows: 2, Mono: true, Example: "git.example.com ssh-ed25519 AAAA…",
			About: "As `ssh-keyscan HOST` prints it, after comparing it with the one that the host publishes.",
		}),
		Error:            f.wrong[fieldKind],
		SecretsWereGiven: f.values.Get(fieldToken) != "" || f.values.Get(fieldKey) != "",
	}
	if !slices.Contains([]string{withToken, withKey}, c.Kind) {
		c.Kind = withNone
	}
	for _, kind := range []option{
		{Value: withNone, Text: "None: everybody may read it"}, {Value: withToken, Text: "User and token"}, {Value: withKey, Text: "SSH key"},
	} {
		kind.Selected = kind.Value == c.Kind
		c.Kinds = append(c.Kinds, kind)
	}
	return c
}

// connect connects what the form names; with the button "test" it only looks at it.
func (p *Pages) connect(v *Visit) error {
	if err := v.mayConnect(); err != nil {
		return err
	}
	f := newForm(v.R.PostForm)
	wish := v.wish(f)
	if len(f.wrong) > 0 {
		return p.showConnect(v, f, "")
	}
	if f.text(fieldDo) == "test" {
		found, err := v.Manager.Test(v.ctx(), wish)
		if err != nil {
			return p.connectFailed(v, f, err)
		}
		text := fmt.Sprintf("The repository can be read: it has %s.", plural(found.Branches, "branch", "branches"))
		return p.showConnect(v, f, text)
	}
	connected, err := v.Manager.Connect(v.ctx(), wish)
	if err != nil {
		return p.connectFailed(v, f, err)
	}
	return p.showHook(v, connected.Repository, connected.Hook, connected.Warnings, true)
}

func (p *Pages) connectFailed(v *Visit, f *form, err error) error {
	if !f.refused(err) {
		return err
	}
	return p.showConnect(v, f, "")
}

// wish reads the form of a repository.
func (v *Visit) wish(f *form) gitsync.NewRepository {
	w := gitsync.NewRepository{
		URL: f.text(
			fieldURL,
		), Name: f.text(fieldName), Projects: v.projectsOf(f), Branches: f.words(fieldBranches), Path: strings.Trim(f.text(fieldPath), "/"),
		Credential: credentialOf(f), AllowLocal: v.Host == nil && v.Principal.MayUseLocalPaths(),
	}
	address, user, password, err := gitsync.ParseAddress(w.URL)
	if typed := userinfo.FindString(w.URL); typed != "" && address.Scheme != "ssh" {
		f.values.Set(fieldURL, strings.Replace(w.URL, typed, "://", 1)) // it may hold a password, which no page shows
	}
	switch {
	case w.URL == "":
		f.fail(fieldURL, "The address of the repository is missing.")
	case err != nil:
		f.fail(fieldURL, "This is no address of a repository. Use https://host/path, ssh://git@host/path or git@host:path.")
	case user != "" || !password.IsZero():
		f.fail(fieldURL, "A user or password does not belong into the address: give it as the credential. It was taken out here.")
	case address.Scheme == "ssh" && f.text(fieldKind) != withKey:
		f.fail(fieldKind, "An address of ssh needs an SSH key.")
	}
	checkName(f, w.Name)
	checkBranches(f, w.Branches)
	return w
}

var (
	userinfo = regexp.MustCompile(`://[^/]*@`)
	nameForm = regexp.MustCompile(`^[A-Za-z0-9._/-]*$`)
)

func checkName(f *form, name string) {
	if len(name) > gitsync.MaxName || !nameForm.MatchString(name) {
		f.fail(fieldName, fmt.Sprintf("A name has letters, digits, dots, dashes, underscores and slashes, at most %d.", gitsync.MaxName))
	}
}

func checkBranches(f *form, patterns []string) {
	if len(patterns) > gitsync.MaxPatterns {
		f.fail(fieldBranches, fmt.Sprintf("More than %d patterns: use wider ones.", gitsync.MaxPatterns))
	}
	for _, pattern := range patterns {
		if gitsync.CheckPatterns([]string{pattern}) != nil {
			f.fail(fieldBranches, fmt.Sprintf("%q is no pattern. Use names such as main, release/* or feature/**.", pattern))
		}
	}
}

// projectsOf reads the projects of a form, all within the visitor's reach.
func (v *Visit) projectsOf(f *form) []behavepro.ProjectKey {
	if only := v.onlyProject(); only != "" && !f.values.Has(fieldProjects) {
		return []behavepro.ProjectKey{only}
	}
	var projects []behavepro.ProjectKey
	for _, word := range f.words(fieldProjects) {
		project, err := behavepro.ParseProjectKey(word)
		switch {
		case err != nil:
			f.fail(fieldProjects, fmt.Sprintf("%q is not the key of a project, such as SHOP.", word))
		case v.Principal.Allow(access.ReposWrite, project) != nil:
			f.denied = true
			f.fail(fieldProjects, fmt.Sprintf("Project %s is out of your reach.", project))
		}
		projects = append(projects, project)
	}
	if len(projects) == 0 {
		f.fail(fieldProjects, "Name at least one project.")
	}
	slices.Sort(projects)
	return slices.Compact(projects)
}

// credentialOf reads what opens a repository; of the kinds, only what was chosen counts.
func credentialOf(f *form) catalog.Credential {
	switch f.text(fieldKind) {
	case withToken:
		if f.values.Get(fieldToken) == "" {
			f.fail(fieldToken, "The token is missing.")
		}
		return catalog.Credential{User: f.text(fieldUser), Token: behavepro.NewSecret(f.text(fieldToken))}
	case withKey:
		if f.text(fieldKey) == "" {
			f.fail(fieldKey, "The private key is missing.")
		}
		if f.text(fieldHosts) == "" {
			f.fail(fieldHosts, "The server's host key is missing: without it nobody knows whom the key is shown to.")
		}
		return catalog.Credential{SSHKey: behavepro.NewSecret(lines(f.text(fieldKey))), KnownHosts: lines(f.text(fieldHosts))}
	case "", withNone:
	default:
		f.fail(fieldKind, "Choose one of these.")
	}
	return catalog.Credential{}
}

// lines has the line ends that keys are written with; browsers send others.
func lines(text string) string {
	if text == "" {
		return ""
	}
	return strings.ReplaceAll(text, "\r\n", "\n") + "\n"
}
