package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type issuePage struct {
	frame
	Issue  behavepro.IssueKey
	Groups []issueGroup
	syncing
	Synced  []syncedView
	Trouble bool // something of a repository could not be read
}

// syncedView says where and when was looked.
type syncedView struct {
	Name string
	Link string
	At   time.Time
}

// listedScenarios bounds what a page shows of one repository.
const listedScenarios = 200

// findIssue leads from the search box to the page of the key.
func (p *Pages) findIssue(v *Visit) error {
	text := strings.TrimSpace(v.R.URL.Query().Get("key"))
	if text == "" {
		http.Redirect(v.W, v.R, p.link.home(), http.StatusSeeOther)
		return nil
	}
	key, err := behavepro.ParseIssueKey(text)
	if err != nil {
		return err
	}
	http.Redirect(v.W, v.R, p.link.issue(key, nil), http.StatusSeeOther)
	return nil
}

func (p *Pages) issue(v *Visit) error {
	written := v.R.PathValue("key")
	key, err := behavepro.ParseIssueKey(written)
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	if settle(q) || string(key) != written {
		http.Redirect(v.W, v.R, p.link.issue(key, q), http.StatusSeeOther)
		return nil
	}
	repos, err := v.repositories()
	if err != nil {
		return err
	}
	page := issuePage{frame: p.frame(v.Now, string(key)+" · Scenarios"), Issue: key}
	page.Key = string(key)
	found, err := findScenarios(v, key, repos, q)
	if page.Trouble = err != nil; page.Trouble && len(found) == 0 {
		return err
	}
	if page.Groups, err = p.issueGroups(v, key, repos, found, q); err != nil {
		return err
	}
	if page.syncing, err = p.syncing(v, repos); err != nil {
		return err
	}
	if page.Running {
		page.Refresh = refreshWhileSyncing
	}
	page.Synced, err = p.syncedViews(v, repos)
	if err != nil {
		return err
	}
	return p.render(v.W, v.R, http.StatusOK, "issue", &page)
}

// issueGroups shows what each repository holds, those that hold nothing at their ref last.
func (p *Pages) issueGroups(
	v *Visit,
	key behavepro.IssueKey,
	repos []*catalog.Repository,
	found []catalog.RepositoryIssue,
	q url.Values,
) ([]issueGroup, error) {
	var groups []issueGroup
	shown := map[behavepro.RepositoryID]bool{}
	for i := range found {
		group, err := p.issueGroup(v, key, &found[i], q)
		if err != nil {
			return nil, err
		}
		shown[found[i].At.Repository.ID] = true
		groups = append(groups, group)
	}
	for _, r := range repos {
		if shown[r.ID] {
			continue
		}
		group, err := p.absent(v, key, r, q)
		if err != nil {
			return nil, err
		}
		if group != nil {
			groups = append(groups, *group)
		}
	}
	for i := range groups {
		groups[i].Several = len(groups) > 1
	}
	return groups, nil
}

// findScenarios asks each repository at the ref that the query names for it, else at the one that it names for all.
func findScenarios(v *Visit, key behavepro.IssueKey, repos []*catalog.Repository, q url.Values) ([]catalog.RepositoryIssue, error) {
	own := map[behavepro.RepositoryID]string{}
	for _, r := range repos {
		if ref := q.Get(refField(r)); ref != "" {
			own[r.ID] = ref
		}
	}
	all, err := v.Catalog.Issue(v.ctx(), key, q.Get("ref"), func(r *catalog.Repository) bool { return own[r.ID] == "" && v.sees(r) })
	for _, r := range repos {
		if own[r.ID] == "" {
			continue
		}
		more, failed := v.Catalog.Issue(v.ctx(), key, own[r.ID], func(other *catalog.Repository) bool { return other.ID == r.ID })
		all, err = append(all, more...), cmp.Or(err, failed)
	}
	slices.SortStableFunc(all, func(a, b catalog.RepositoryIssue) int { return cmp.Compare(a.At.Repository.Name, b.At.Repository.Name) })
	return all, err
}

// refField is the query's name for a repository's own ref.
func refField(r *catalog.Repository) string { return "ref." + r.Name }
