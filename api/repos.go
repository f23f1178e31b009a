package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	gitsync "github.com/behavepro/behavepro/sync"
	"github.com/behavepro/behavepro/web"
)

func (s *Server) listRepositories(x *web.Request) error {
	reached, err := s.repositories(x)
	if err != nil {
		return err
	}
	reached, next, err := page(x, reached, func(r *catalog.Repository) string { return string(r.ID) })
	if err != nil {
		return err
	}
	list := client.RepositoryList{Repositories: make([]client.Repository, 0, len(reached)), Next: next}
	for _, r := range reached {
		doc, err := s.repositoryDoc(x, r)
		if err != nil {
			return err
		}
		list.Repositories = append(list.Repositories, doc)
	}
	return x.Reply(http.StatusOK, list)
}

// showRepository may wait for a sync to end.
func (s *Server) showRepository(x *web.Request) error {
	wait, err := x.Wait()
	if err != nil {
		return err
	}
	timedOut := false
	if wait > 0 {
		ctx, cancel := x.WaitContext(wait)
		defer cancel()
		if err := s.opt.Repositories.Wait(ctx, x.Tenant, x.Repository.ID); err != nil {
			return err
		}
		timedOut = ctx.Err() != nil
	}
	doc, err := s.repositoryDoc(x, x.Repository)
	if err != nil {
		return err
	}
	doc.Sync.Busy = doc.Sync.Busy || timedOut
	problems, err := x.Catalog.Problems(x.Context(), x.Repository.ID)
	if err != nil {
		return err
	}
	for _, p := range problems {
		doc.Problems = append(doc.Problems, client.RepositoryProblem{Commit: p.Commit, Path: p.Path, Message: p.Message, At: p.At})
	}
	return x.Reply(http.StatusOK, doc)
}

func (s *Server) addRepository(x *web.Request) error {
	var in client.AddRepository
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	projects, err := s.projects(x, in.Projects)
	if err != nil {
		return err
	}
	if err := x.Principal.AllowConnect(projects...); err != nil {
		return err
	}
	wish := gitsync.NewRepository{
		URL: in.URL, Name: in.Name, Projects: projects, Branches: in.Branches, Path: in.Path, Links: in.Links,
		Quarantine: in.Quarantine,
		Poll:       time.Duration(in.PollSeconds) * time.Second,
		AllowLocal: x.Principal.MayUseLocalPaths(),
	}
	if in.Credential != nil {
		wish.Credential = credentialOf(*in.Credential)
	}
	added, err := s.manage.Connect(x.Context(), x.Change(), x.Tenant, wish)
	if err != nil {
		return err
	}
	doc, err := s.repositoryDoc(x, added.Repository)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusCreated, client.AddedRepository{Repository: doc, Hook: s.hookDoc(x, &added.Hook), Warnings: added.Warnings})
}

func (s *Server) changeRepository(x *web.Request) error {
	var in client.ChangeRepository
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	change := gitsync.RepositoryChange{Name: in.Name, Branches: in.Branches, Path: in.Path, Links: in.Links, Quarantine: in.Quarantine}
	if in.PollSeconds != nil {
		poll := time.Duration(*in.PollSeconds) * time.Second
		change.Poll = &poll
	}
	if in.Projects != nil {
		projects, err := s.projects(x, *in.Projects)
		if err != nil {
			return err
		}
		change.Projects = &projects
	}
	repo, err := s.opt.Repositories.Change(x.Context(), x.Change(), x.Tenant, x.Repository.ID, change)
	if err != nil {
		return err
	}
	doc, err := s.repositoryDoc(x, repo)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, doc)
}

func (s *Server) removeRepository(x *web.Request) error {
	if err := s.manage.Remove(x.Context(), x.Tenant, x.Repository.ID); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.RemovedRepository{
		Repository: x.Repository.Name,
		Removed:    []string{"settings", "credential", "webhook", "branches", "links to issues", "mirror", "waiting work"},
		Kept:       []string{"results, for 30 days", "content that other repositories share, and the rest until the next sweep"},
	})
}

func (s *Server) syncRepository(x *web.Request) error {
	if err := s.opt.Repositories.Sync(x.Context(), x.Tenant, x.Repository.ID); err != nil {
		return err
	}
	doc, err := s.repositoryDoc(x, x.Repository)
	if err != nil {
		return err
	}
	doc.Sync.Busy = true
	return x.Reply(http.StatusAccepted, doc)
}

func (s *Server) setCredential(x *web.Request) error {
	var in client.Credential
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	if err := s.opt.Repositories.SetCredential(x.Context(), x.Change(), x.Tenant, x.Repository.ID, credentialOf(in)); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.Done{Repository: x.Repository.Name, Done: "the credential was replaced"})
}

func (s *Server) rotateHook(x *web.Request) error {
	hook, err := s.opt.Access.RotateHook(x.Context(), x.Change(), x.Tenant, x.Repository.ID)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, s.hookDoc(x, &hook))
}

func (s *Server) hookDoc(x *web.Request, h *access.Hook) client.Hook {
	return client.Hook{URL: s.opt.PublicURL + "/hooks/git/" + h.ID, Secret: h.Secret.Reveal()}
}

// projects checks the projects that a body names: at least one, all within the principal's reach.
func (s *Server) projects(x *web.Request, named []behavepro.ProjectKey) ([]behavepro.ProjectKey, error) {
	if len(named) == 0 {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "no project is named", "name one: --project SHOP")
	}
	projects := make([]behavepro.ProjectKey, len(named))
	for i, p := range named {
		var err error
		if projects[i], err = behavepro.ParseProjectKey(string(p)); err != nil {
			return nil, err
		}
	}
	slices.Sort(projects)
	projects = slices.Compact(projects)
	return projects, x.Principal.Allow(access.ReposWrite, projects...)
}

func credentialOf(in client.Credential) catalog.Credential {
	return catalog.Credential{
		User: in.User, Token: behavepro.NewSecret(in.Token), SSHKey: behavepro.NewSecret(in.SSHKey), KnownHosts: in.KnownHosts,
	}
}

// repositoryDoc is what people see of a repository.
func (s *Server) repositoryDoc(x *web.Request, r *catalog.Repository) (client.Repository, error) {
	state, err := x.Catalog.SyncState(x.Context(), r.ID)
	if err != nil {
		return client.Repository{}, err
	}
	head, err := x.Catalog.Head(x.Context(), r.ID)
	if err != nil {
		return client.Repository{}, err
	}
	counts, err := x.Catalog.ProblemCounts(x.Context(), r)
	if err != nil {
		return client.Repository{}, err
	}
	return client.Repository{
		ID: r.ID, Name: r.Name, URL: r.URL, Projects: x.Principal.Seen(r.Owners()), SharedWith: x.Principal.Seen(r.SharedWith()),
		Branches: list(r.Branches), Path: r.Path,
		Links: list(r.Links), Quarantine: r.Quarantine, PollSeconds: int64(r.Poll / time.Second),
		DefaultBranch: head.Default, Added: r.Added, Sync: syncDoc(&state, counts.Files), Unplaced: counts.Results,
	}, nil
}

func syncDoc(s *catalog.SyncState, filesWithProblems int) client.Sync {
	return client.Sync{
		Phase: s.Phase, Done: s.Done, Total: s.Total, ETASeconds: int64(s.ETA.Round(time.Second) / time.Second),
		Started: timeOrNull(s.Started), Finished: timeOrNull(s.Finished), First: s.First, Error: s.Error, Hint: s.Hint,
		Busy: s.Phase != "" && s.Phase != "done" &&
			s.Phase != "failed", Commits: s.Commits, Files: s.Files, Problems: filesWithProblems, Bytes: s.Wire,
	}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// list is a list that JSON shows as [] where it is empty.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
