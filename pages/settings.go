package pages

import (
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
)

// settingsRoutes are the pages that change something.
func (p *Pages) settingsRoutes() []Route {
	const one = "/settings/repositories/{repo}"
	return []Route{
		p.route("/settings", OfSettings, "Shows repositories with their sync, tokens, and trusted CI jobs.", (*Pages).settings),
		p.route("/settings/connect", OfSettings, "Asks for a repository to connect.", (*Pages).connecting),
		p.write("/settings/connect", "Connects a repository, or tells whether that would go well.", access.ReposWrite, (*Pages).connect),
		p.route(one, OfSettings, "Shows the settings of a repository.", (*Pages).repositorySettings),
		p.write(one+"/sync", "Asks for a sync.", access.ReposWrite, (*Pages).syncNow),
		p.write(one+"/change", "Changes the settings of a repository.", access.ReposWrite, (*Pages).changeRepository),
		p.write(one+"/credential", "Replaces the credential of a repository.", access.ReposWrite, (*Pages).setCredential),
		p.write(one+"/hook", "Makes a new webhook address and secret.", access.ReposWrite, (*Pages).rotateHook),
		p.write(one+"/offers", "Offers a repository to another project, or takes that back.", access.ReposWrite, (*Pages).offer),
		p.write(
			"/settings/offers/{repo}",
			"Accepts a repository that another project offers, or refuses it.",
			access.ReposWrite,
			(*Pages).answerOffer,
		),
		p.write(one+"/remove", "Disconnects a repository.", access.ReposWrite, (*Pages).removeRepository),
		p.route("/settings/tokens", OfSettings, "Asks for a token to make.", (*Pages).newToken),
		p.write("/settings/tokens", "Makes a token and shows it once.", access.Admin, (*Pages).createToken),
		p.write("/settings/tokens/{id}/revoke", "Ends a token.", access.Admin, (*Pages).revokeToken),
		p.route("/settings/trusts", OfSettings, "Asks which CI jobs to trust.", (*Pages).newTrust),
		p.write("/settings/trusts", "Lets CI jobs push results by the ID token of their service.", access.Admin, (*Pages).addTrust),
		p.write("/settings/trusts/{id}/end", "Ends a trust.", access.Admin, (*Pages).endTrust),
		p.route("/settings/evidence/{project}", OfSettings, "Shows what a project keeps of messages, stacks and attachments.", (*Pages).evidence),
		p.write(
			"/settings/evidence/{project}",
			"Decides what a project keeps of messages, stacks and attachments.",
			access.ReposWrite,
			(*Pages).changeEvidence,
		),
		p.writeOf(
			OfSite,
			"/settings/site",
			"Decides what project admins, and people who are not signed in, may do.",
			access.Admin,
			(*Pages).setRules,
		),
	}
}

type settingsPage struct {
	frame
	Done         string
	Connect      string // "" where the visitor connects none
	Closed       said   // why, where people may ask about it
	Repositories []managedLine
	Evidence     []evidenceLine
	ShowTokens   bool
	Tokens       []tokenLine
	NewToken     string
	Trusts       *trustList  // nil where the visitor decides about none
	Offers       []offerView // repositories of other projects that ask for, or have, the visitor's leave
	Site         *siteRules  // nil where the visitor decides nothing for the site
	Keep         []pair
}

// managedLine is a repository on the settings page.
type managedLine struct {
	repositoryLine
	Patterns []string
	Path     string
	Settings string
	SyncNow  string // "" where the visitor asks for none
}

// done says what a write did, by the word in the address that it leads to.
var done = map[string]string{
	"sync":       "A sync was asked for.",
	"change":     "The settings were changed. A sync puts them into effect.",
	"credential": "The credential was replaced. A sync tries it.",
	"remove":     "The repository was removed.",
	"revoke":     "The token was revoked: nothing gets in with it any more.",
	"trust":      "The jobs are trusted: they push results by the ID token of their CI service.",
	"distrust":   "The jobs are not let in any more. What they pushed stays.",
	"offer":      "What the repository is offered to was changed.",
	"accepted":   "The repository was accepted: its tags link to the issues that they name.",
	"refused":    "The repository is not accepted: its tags link to no issue here.",
	"evidence":   "What the project keeps of its evidence was changed, for pushes from now on.",
	"site":       "What this Jira site allows was changed.",
}

func (p *Pages) settings(v *Visit) error {
	page := settingsPage{frame: p.frame(v.Now, "Settings"), Done: done[v.R.URL.Query().Get("did")], Keep: p.kept(nil)}
	page.Wide = true
	switch err := v.mayConnect(); {
	case v.Manager == nil:
	case err == nil:
		page.Connect = p.link.connecting()
	case v.NoLeave:
		if all, ok := tell(err); ok {
			page.Closed = all[0]
		}
	}
	repos, err := v.repositories()
	if err != nil {
		return err
	}
	for _, r := range repos {
		line, err := p.managed(v, r)
		if err != nil {
			return err
		}
		if line.Sync.Running {
			page.Refresh = refreshWhileSyncing
		}
		page.Repositories = append(page.Repositories, line)
	}
	if page.ShowTokens = v.mayTokens(); page.ShowTokens {
		page.NewToken = p.link.newToken()
		if page.Tokens, err = p.tokenLines(v, repos); err != nil {
			return err
		}
	}
	if page.Trusts, err = p.trusts(v, repos); err != nil {
		return err
	}
	if page.Offers, err = p.offersTo(v); err != nil {
		return err
	}
	if page.Evidence, err = p.evidenceLines(v, repos); err != nil {
		return err
	}
	if page.Site, err = p.siteRules(v); err != nil {
		return err
	}
	v.ownForms()
	return p.render(v.W, v.R, http.StatusOK, "settings", &page)
}

// managed is a repository with its sync.
func (p *Pages) managed(v *Visit, r *catalog.Repository) (managedLine, error) {
	line := managedLine{
		repositoryLine: repositoryLine{Name: r.Name, URL: r.URL, Projects: v.projectsSeen(r), Problems: p.link.problems(r)},
		Patterns:       r.Branches, Path: r.Path, Settings: p.link.settingsOf(r, ""),
	}
	state, err := v.Catalog.SyncState(v.ctx(), r.ID)
	if err != nil {
		return line, err
	}
	line.Sync = syncOf(r, &state)
	line.Sync.Name, line.Sync.Hint = "", hintHere(line.Sync.Hint)
	head, err := v.Catalog.Head(v.ctx(), r.ID)
	if err != nil {
		return line, err
	}
	if !head.RefSet.IsZero() {
		line.Default, line.Docs = head.Default, p.link.documentation(r, nil)
		refs, err := v.Catalog.Refs(v.ctx(), r.ID, head.RefSet)
		if err != nil {
			return line, err
		}
		line.Branches = len(refs)
	}
	if line.Wrong, err = v.problemText(r, line.Docs != ""); err != nil {
		return line, err
	}
	if v.Manager != nil && v.Principal.AllowRepository(access.ReposWrite, r) == nil && (state.Phase == "" || !line.Sync.Running) {
		line.SyncNow = p.link.write("repositories", segment(r), "sync")
	}
	return line, nil
}

// projectsSeen names the projects of a repository that the visitor reaches.
func (v *Visit) projectsSeen(r *catalog.Repository) string {
	return joinKeys(v.Principal.Seen(r.Readers()))
}

// onlyProject is the one project that the visitor reaches; "" where there are several.
func (v *Visit) onlyProject() behavepro.ProjectKey {
	if !v.Principal.AllProjects && len(v.Principal.Projects) == 1 {
		return v.Principal.Projects[0]
	}
	return ""
}
