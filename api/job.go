package api

import (
	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/oidc"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web"
)

// admit turns the ID token of a CI job into a principal, where the operator listed issuers.
func (s *Server) admit(x *web.Request, token string) (access.Principal, error) {
	if s.opt.OIDC == nil {
		return access.Principal{}, behavepro.Explain(
			behavepro.ErrUnauthenticated,
			"this looks like an ID token of a CI job, and no issuer of those is listed here",
			"the operator lists issuers: syncd serve --oidc-issuer URL",
		)
	}
	job, tenant, err := s.opt.OIDC.Verify(x.Context(), token, x.Now)
	if err != nil {
		return access.Principal{}, err
	}
	return s.opt.Access.Admit(x.Context(), tenant, job)
}

// mayEnter reports, by an error, whether the principal may call a route at all. A CI job's ID token opens those that say so.
func mayEnter(r *web.Route, who *access.Principal) error {
	switch {
	case who.Job == nil:
		return nil
	case !r.Job:
		return behavepro.Explain(
			behavepro.ErrForbidden,
			"the ID token of a CI job is for pushing results, closing their run and asking gates only",
			"use an API token",
		)
	case !who.Can(r.Verb):
		return behavepro.Explain(
			behavepro.ErrForbidden,
			"this CI job is trusted to push results, not to ask gates",
			"every trust that fits it has to say so (`syncd trust add --gate`, `syncd trust list`), or use an API token",
		)
	}
	return nil
}

// byJob notes on a push the CI job that its ID token proved, which may tell of its own commit only.
func (s *Server) byJob(x *web.Request, push *catalog.Push, merge []byte) error {
	job := x.Principal.Job
	if job == nil {
		return nil
	}
	proved := job.CIJob
	push.OIDC = &proved
	return oidc.MayTell(push.Commit, job.Commit, merge)
}

// ofJob reports whether a push is the business of the principal: a CI job's are those of its kind.
func (s *Server) ofJob(x *web.Request, push *catalog.Push) bool {
	job := x.Principal.Job
	return job == nil || push.OIDC != nil && push.OIDC.Issuer == job.Issuer && push.OIDC.Subject == job.Subject
}
