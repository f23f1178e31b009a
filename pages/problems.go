package pages

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

type problemsPage struct {
	frame
	Name    string
	Docs    string
	Sync    syncView
	Ref     string
	At      behavepro.SHA
	Files   []fileProblem
	History []commitProblem
	Waiting []waitingView
	Lost    []lostTag
	More    int
}

// fileProblem is something in a file of the default branch.
type fileProblem struct {
	Path    string
	Link    string
	Line    int
	Message string
}

// commitProblem is something that is bound to a commit, or to the repository.
type commitProblem struct {
	Commit  behavepro.SHA
	Link    string
	Path    string
	Message string
	At      time.Time
	Info    string
}

// lostTag is a key of the default branch that links to nothing.
type lostTag struct {
	Key  behavepro.IssueKey
	Link string // the scenarios that are tagged with it
	Why  string
}

// waitingView is a push with results that wait for their commit or match no scenario of it.
type waitingView struct {
	Commit    behavepro.SHA
	Build     string
	BuildLink string
	Waiting   int
	Unmatched int
	Received  time.Time
}

const listedProblems = 500

func (p *Pages) problems(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	page := problemsPage{frame: p.frame(v.Now, "Problems · "+r.Name), Name: r.Name, Docs: p.link.documentation(r, nil)}
	page.Wide = true
	state, err := v.Catalog.SyncState(v.ctx(), r.ID)
	if err != nil {
		return err
	}
	if page.Sync = syncOf(r, &state); page.Sync.Running {
		page.Refresh = refreshWhileSyncing
	}
	switch at, err := v.Catalog.Resolve(v.ctx(), r, ""); {
	case err == nil:
		page.Ref, page.At = at.Ref, at.SHA
		if err := p.fileProblems(v, at, &page); err != nil {
			return err
		}
	case !errors.Is(err, behavepro.ErrNotFound):
		return err
	}
	if page.Lost, err = p.lostTags(v, r); err != nil {
		return err
	}
	if err := p.commitProblems(v, r, &page); err != nil {
		return err
	}
	waiting, err := v.Catalog.PushesWaitingOrUnmatched(v.ctx(), r)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		page.Waiting = append(page.Waiting, waitingView{
			w.Commit, buildName(w.Build), webURL(w.BuildURL), w.Counts.Waiting, w.Counts.Unmatched, w.Received,
		})
	}
	return p.render(v.W, v.R, http.StatusOK, "problems", &page)
}

// countsText says how many problems of which kind there are; "" for none.
func countsText(c catalog.ProblemCounts, and string) string {
	var texts []string
	if c.Files > 0 {
		texts = append(texts, plural(c.Files, "file", "files")+" with problems")
	}
	if c.Results > 0 {
		texts = append(texts, plural(c.Results, "result", "results")+" waiting or unmatched")
	}
	return strings.Join(texts, and)
}

// problemText is the text of the link to a repository's problems; "" where nothing was synced and nothing is wrong.
func (v *Visit) problemText(r *catalog.Repository, synced bool) (string, error) {
	counts, err := v.Catalog.ProblemCounts(v.ctx(), r)
	if err != nil {
		return "", err
	}
	if text := countsText(counts, ", "); text != "" {
		return text, nil
	}
	ofCommits, err := v.Catalog.Problems(v.ctx(), r.ID)
	switch {
	case len(ofCommits) > 0:
		return "Problems", err // listed, and counted nowhere
	case synced:
		return "No problems", err
	}
	return "", err
}

func (p *Pages) fileProblems(v *Visit, at catalog.At, page *problemsPage) error {
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return err
	}
	for _, f := range standing.Features {
		for _, problem := range f.Problems {
			if len(page.Files) == listedProblems {
				page.More++
				continue
			}
			page.Files = append(page.Files, fileProblem{
				f.Path, p.link.documentation(at.Repository, values("path", f.Path)), problem.Line, problem.Message,
			})
		}
	}
	return nil
}

// lostTags are told inside a site only, to those who can mend them: which keys lead nowhere is nobody else's business.
func (p *Pages) lostTags(v *Visit, r *catalog.Repository) ([]lostTag, error) {
	if v.Issues == nil || !v.mends() {
		return nil, nil
	}
	at, err := v.Catalog.Resolve(v.ctx(), r, "")
	if errors.Is(err, behavepro.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	standing, err := v.Catalog.Standing(v.ctx(), at)
	if err != nil {
		return nil, err
	}
	missing, err := v.Issues.Missing(v.ctx())
	if err != nil {
		return nil, err
	}
	var lost []lostTag
	for _, issue := range standing.Issues() {
		one := lostTag{Key: issue.Key, Link: p.link.documentation(r, values(byIssue, string(issue.Key)))}
		switch {
		case r.Foreign(issue.Key):
			one.Why = "not allowed by " + string(issue.Key.Project()) + ": an admin of that project has to accept this repository"
		case slices.Contains(missing, issue.Key):
			one.Why = "Jira has no such issue, or hides it from this app"
		default:
			continue
		}
		lost = append(lost, one)
	}
	slices.SortFunc(lost, func(a, b lostTag) int { return catalog.CompareKeys(a.Key, b.Key) })
	return lost[:min(len(lost), listedProblems)], nil
}

func (p *Pages) commitProblems(v *Visit, r *catalog.Repository, page *problemsPage) error {
	all, err := v.Catalog.Problems(v.ctx(), r.ID)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b catalog.Problem) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	page.More += max(0, len(all)-listedProblems)
	all = all[:min(len(all), listedProblems)]
	var shas []behavepro.SHA
	for _, problem := range all {
		if !problem.Commit.IsZero() {
			shas = append(shas, problem.Commit)
		}
	}
	info := p.describe(v, r, shas)
	for _, problem := range all {
		line := commitProblem{
			Commit:  problem.Commit,
			Path:    problem.Path,
			Message: problem.Message,
			At:      problem.At,
			Info:    info[problem.Commit].Subject,
		}
		if _, ok, err := v.Catalog.AtCommit(v.ctx(), r, problem.Commit); err != nil {
			return err
		} else if ok {
			line.Link = p.link.documentation(r, values("ref", problem.Commit.String()))
		}
		page.History = append(page.History, line)
	}
	return nil
}
