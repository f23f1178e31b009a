package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/web"
)

func (s *Server) listTokens(x *web.Request) error {
	tokens, err := s.opt.Access.List(x.Context(), x.Tenant)
	if err != nil {
		return err
	}
	names, err := s.repositoryNames(x)
	if err != nil {
		return err
	}
	tokens = slices.DeleteFunc(tokens, func(t access.Token) bool { return !t.Revoked.IsZero() })
	tokens, next, err := page(x, tokens, func(t access.Token) string { return t.ID })
	if err != nil {
		return err
	}
	doc := client.TokenList{Tokens: []client.Token{}, Next: next}
	for _, t := range tokens {
		doc.Tokens = append(doc.Tokens, tokenDoc(t, names))
	}
	return x.Reply(http.StatusOK, doc)
}

// ciVerbs are what a token may do unless its maker says otherwise.
var ciVerbs = []access.Verb{access.ResultsWrite, access.ResultsRead, access.ReposRead}

const maxTokenName = 100

func (s *Server) createToken(x *web.Request) error {
	var in client.CreateToken
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	if in.Name == "" || len(in.Name) > maxTokenName {
		return behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("a token needs a name of at most %d bytes", maxTokenName), "")
	}
	if in.ExpiresSeconds < 0 {
		return behavepro.Explain(behavepro.ErrInvalid, "a token cannot have expired before it is made", "")
	}
	wish := access.NewToken{Name: in.Name, Grant: access.Grant{Tenant: x.Tenant, Verbs: ciVerbs, AllProjects: len(in.Projects) == 0}}
	if len(in.Projects) > 0 {
		projects, err := s.projects(x, in.Projects)
		if err != nil {
			return err
		}
		wish.Projects = projects
	}
	if len(in.Can) > 0 {
		verbs, err := parseVerbs(in.Can)
		if err != nil {
			return err
		}
		wish.Verbs = verbs
	}
	if in.Repository != "" {
		repo, err := s.repository(x, in.Repository)
		if err != nil {
			return err
		}
		wish.Repository = repo.ID
	}
	if in.ExpiresSeconds > 0 {
		wish.Expires = x.Now.Add(time.Duration(in.ExpiresSeconds) * time.Second)
	}
	names, err := s.repositoryNames(x)
	if err != nil {
		return err
	}
	secret, token, err := s.opt.Access.Create(x.Context(), x.Change(), wish)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusCreated, client.CreatedToken{Token: tokenDoc(token, names), Value: secret.Reveal()})
}

func parseVerbs(words []string) ([]access.Verb, error) {
	var verbs []access.Verb
	for _, w := range words {
		parsed, err := access.ParseVerbs(w)
		if err != nil {
			return nil, err
		}
		verbs = append(verbs, parsed...)
	}
	return verbs, nil
}

func (s *Server) revokeToken(x *web.Request) error {
	id := x.R.PathValue(web.PathID)
	if err := s.opt.Access.Revoke(x.Context(), x.Change(), x.Tenant, id); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.Done{Token: id, Done: "the token was revoked"})
}

// ticketTime is how long a printed link opens the pages.
const ticketTime = 5 * time.Minute

func (s *Server) makeLink(x *web.Request) error {
	if s.opt.PageLink == nil {
		return behavepro.Explain(behavepro.ErrUnsupported, "there are no local pages here", "")
	}
	until := x.Now.Add(ticketTime)
	ticket, err := s.opt.Access.NewTicket(x.Context(), access.Ticket{Grant: x.Principal.Grant, Until: until, By: x.Principal.TokenID})
	if err != nil {
		return err
	}
	return x.Reply(http.StatusCreated, client.Link{URL: s.opt.PageLink(ticket), Until: until})
}

// repositoryNames are the names of the tenant's repositories by id.
func (s *Server) repositoryNames(x *web.Request) (map[behavepro.RepositoryID]string, error) {
	all, err := x.Catalog.Repositories(x.Context())
	if err != nil {
		return nil, err
	}
	names := make(map[behavepro.RepositoryID]string, len(all))
	for _, r := range all {
		names[r.ID] = r.Name
	}
	return names, nil
}

func tokenDoc(t access.Token, names map[behavepro.RepositoryID]string) client.Token {
	doc := client.Token{
		ID: t.ID, Name: t.Name, Projects: list(t.Projects), Repository: string(t.Repository), RepositoryName: names[t.Repository],
		Created: t.Created,
		Expires: timeOrNull(t.Expires), LastUsed: timeOrNull(t.LastUsed), Can: make([]string, len(t.Verbs)),
	}
	for i, v := range t.Verbs {
		doc.Can[i] = string(v)
	}
	return doc
}
