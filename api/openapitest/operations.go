package openapitest

import (
	"net/http"
	"slices"

	"github.com/behavepro/behavepro/api/client"
)

// Operation is what a route takes and gives, beyond what its registration says.
type Operation struct {
	Query   []Param
	Headers []Param
	Takes   any    // value of the document's type; nil is no body
	Media   string // of the body where it is no JSON document
	Gives   any    // value of the document's type; nil is none
	Binary  string // media type of an answer that is no JSON document
	Status  []int  // successes; none is 200
}

// Param is one thing in a query or header.
type Param struct {
	Name  string
	About string
	Must  bool
	Int   bool
}

var (
	commit = Param{Name: "commit", About: "Branch, or commit SHA or the beginning of one. The default branch where it is missing."}
	wait   = Param{Name: "wait", About: "How long to wait at most, such as 30s; never more than 60s."}
	paging = []Param{
		{Name: "limit", About: "How many entries to answer with, from 1 to 1000. 1000 where it is missing.", Int: true},
		{Name: "after", About: "The `next` of the answer before: what comes after it is answered."},
	}
	filters = []Param{
		{Name: "run", About: "Only pushes of this run."},
		{Name: "build", About: "Only pushes of this build."},
		{Name: "attempt", About: "Only pushes of this attempt of the CI job.", Int: true},
		{Name: "state", About: "matched or waiting."},
		{Name: "param", About: "name=value: only pushes with this param; repeats."},
	}
	oldHeaders = []Param{
		{Name: "X-COMMIT-ID", About: "Full SHA of the commit that was tested.", Must: true},
		{Name: "X-BUILD-ID", About: "Id of the build."},
		{Name: "X-BUILD-URL", About: "Address of the build."},
		{Name: "X-PARAM", About: "Name=Value of a matrix job; repeats, or holds several with commas. The order is kept."},
	}
	old = Operation{
		Headers: oldHeaders,
		Media:   "application/octet-stream",
		Gives:   client.Accounting{},
		Status:  []int{http.StatusOK, http.StatusAccepted},
	}
)

// Operations has every route of the API. A new route needs a row here, its sentence and authentication scheme where it is registered, and
// `make docs`.
var Operations = map[string]Operation{
	"GET /api/v1/version":      {Gives: client.Version{}},
	"GET /api/v1/openapi.json": {Gives: map[string]any{}},

	"GET /api/v1/repos":                   {Query: paging, Gives: client.RepositoryList{}},
	"POST /api/v1/repos":                  {Takes: client.AddRepository{}, Gives: client.AddedRepository{}, Status: []int{http.StatusCreated}},
	"GET /api/v1/repos/{repo}":            {Query: []Param{wait}, Gives: client.Repository{}},
	"PATCH /api/v1/repos/{repo}":          {Takes: client.ChangeRepository{}, Gives: client.Repository{}},
	"DELETE /api/v1/repos/{repo}":         {Gives: client.RemovedRepository{}},
	"POST /api/v1/repos/{repo}/sync":      {Gives: client.Repository{}, Status: []int{http.StatusAccepted}},
	"PUT /api/v1/repos/{repo}/credential": {Takes: client.Credential{}, Gives: client.Done{}},
	"POST /api/v1/repos/{repo}/hook":      {Gives: client.Hook{}},
	"GET /api/v1/repos/{repo}/features":   {Query: []Param{commit}, Gives: client.FeatureList{}},
	"GET /api/v1/repos/{repo}/feature": {
		Query: []Param{commit, {Name: "path", About: "Path of the feature file.", Must: true}}, Gives: client.FeatureText{},
	},
	"GET /api/v1/repos/{repo}/results": {Query: append(slices.Concat([]Param{commit}, filters), paging...), Gives: client.RunList{}},
	"GET /api/v1/issues/{key}": {
		Query: []Param{
			{Name: "ref", About: "Branch or commit of the repositories that have it."},
			{Name: "repo", About: "Only this repository, by id or name."},
		},
		Gives: client.Issue{},
	},

	"GET /api/v1/repos/{repo}/history": {
		Query: []Param{
			commit,
			{Name: "path", About: "Path of the feature file.", Must: true},
			{Name: "name", About: "Name of the scenario, or its line.", Must: true},
		},
		Gives: client.History{},
	},
	"GET /api/v1/repos/{repo}/steps": {Query: []Param{commit}, Gives: client.Steps{}},

	"GET /api/v1/runs/{id}":      {Gives: client.ShownRun{}},
	"POST /api/v1/runs/complete": {Takes: client.CompleteRun{}, Gives: client.ShownRun{}},
	"GET /api/v1/gate": {
		Query: []Param{
			{Name: "issue", About: "Key of an issue; repeats."},
			{Name: "ref", About: "With issue: branch or commit of the repositories that have it."},
			{Name: "commit", About: "Instead of issue: branch, or commit SHA or the beginning of one."},
			{Name: "tag", About: "With commit: only scenarios that have one of these tags; repeats."},
			{Name: "path", About: "With commit: only scenarios of these files or folders; repeats."},
			{Name: "repo", About: "Only this repository, by id or name."},
			{Name: "allowFlaky", About: "true lets scenarios pass that are flaky and passed in the end."},
			{Name: "allowEmpty", About: "true is open where there is no scenario."},
			{Name: "requireOIDC", About: "true counts only runs that a CI job pushed with an ID token."},
		},
		Gives: client.Gate{},
	},

	"POST /api/v1/results": {
		Headers: []Param{
			{Name: "Idempotency-Key", About: "Name of this push: one with the same name counts once. Made of the content where it is missing."},
			{Name: "Content-Encoding", About: "zstd or gzip, where the body is packed."},
		},
		Takes: client.Push{}, Media: "multipart/form-data", Gives: client.Accounting{}, Status: []int{http.StatusOK, http.StatusAccepted},
	},
	"GET /api/v1/results/{id}": {Query: []Param{wait}, Gives: client.Accounting{}, Status: []int{http.StatusOK, http.StatusAccepted}},

	"POST /api/v1/results/{id}/attachments":       {Takes: client.AttachmentHashes{}, Gives: client.MissingAttachments{}},
	"PUT /api/v1/results/{id}/attachments/{hash}": {Media: "application/octet-stream", Gives: client.StoredAttachment{}},

	"GET /api/v1/evidence/{project}":   {Gives: client.EvidenceRule{}},
	"PATCH /api/v1/evidence/{project}": {Takes: client.ChangeEvidenceRule{}, Gives: client.EvidenceRule{}},

	"GET /api/v1/tokens":         {Query: paging, Gives: client.TokenList{}},
	"POST /api/v1/tokens":        {Takes: client.CreateToken{}, Gives: client.CreatedToken{}, Status: []int{http.StatusCreated}},
	"DELETE /api/v1/tokens/{id}": {Gives: client.Done{}},
	"GET /api/v1/trusts":         {Query: paging, Gives: client.TrustList{}},
	"POST /api/v1/trusts":        {Takes: client.AddTrust{}, Gives: client.Trust{}, Status: []int{http.StatusCreated}},
	"DELETE /api/v1/trusts/{id}": {Gives: client.Done{}},
	"POST /api/v1/links":         {Gives: client.Link{}, Status: []int{http.StatusCreated}},
	"POST /api/v1/admin-token":   {Status: []int{http.StatusNoContent}},
	"POST /api/v1/backup":        {Binary: "application/x-tar"},

	"GET /api/v1/tenants":               {Gives: client.TenantList{}},
	"POST /api/v1/tenants/{id}/approve": {Takes: client.ApproveTenant{}, Gives: client.Tenant{}},
	"POST /api/v1/tenants/{id}/join":    {Takes: client.JoinTenant{}, Gives: client.Tenant{}},
	"DELETE /api/v1/tenants/{id}": {
		Query: []Param{{Name: "site", About: "Host of the site, once more, to be sure.", Must: true}}, Gives: client.Done{},
	},

	"PUT /REST/1.0/bdd/report":           old,
	"PUT /rest/behavepro/1.0/bdd":        old,
	"PUT /rest/behavepro/1.0/bdd/report": old,
}
