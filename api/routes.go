package api

import (
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/web"
)

// Patterns that other code names.
const (
	patternHealth = "GET /healthz"
	patternReady  = "GET /readyz"
)

// routes are all routes of the API.
func (s *Server) routes() []web.Route {
	return []web.Route{
		{Pattern: patternHealth, About: "Tells that the process runs.", Auth: web.Public, Serve: s.health},
		{Pattern: patternReady, About: "Tells that requests can be served.", Auth: web.Public, Serve: s.ready},
		{Pattern: "GET /api/v1/version", About: "Tells what runs here.", Auth: web.Public, Serve: s.version},
		{Pattern: "GET /api/v1/openapi.json", About: "Describes the API (OpenAPI 3.1).", Auth: web.Public, Serve: s.showOpenAPI},

		{
			Pattern: "GET /api/v1/repos", About: "Lists repositories.",
			Auth: web.Token, Verb: access.ReposRead, Reach: web.Filtered, Serve: s.listRepositories,
		},
		{
			Pattern: "POST /api/v1/repos", About: "Connects a repository.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InBody, Slow: true, Serve: s.addRepository,
		},
		{
			Pattern: "GET /api/v1/repos/{repo}", About: "Shows a repository and its sync.",
			Auth: web.Token, Verb: access.ReposRead, Reach: web.InRepository, Slow: true, Serve: s.showRepository,
		},
		{
			Pattern: "PATCH /api/v1/repos/{repo}", About: "Changes settings of a repository.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InAllOf, Serve: s.changeRepository,
		},
		{
			Pattern: "DELETE /api/v1/repos/{repo}", About: "Disconnects a repository.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InAllOf, Slow: true, Serve: s.removeRepository,
		},
		{
			Pattern: "POST /api/v1/repos/{repo}/sync", About: "Asks for a sync.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InRepository, Serve: s.syncRepository,
		},
		{
			Pattern: "PUT /api/v1/repos/{repo}/credential", About: "Replaces the credential.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InAllOf, Serve: s.setCredential,
		},
		{
			Pattern: "POST /api/v1/repos/{repo}/hook", About: "Makes a new webhook address and secret.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InAllOf, Serve: s.rotateHook,
		},

		{
			Pattern: "GET /api/v1/repos/{repo}/features", About: "Lists the feature files of a commit.",
			Auth: web.Token, Verb: access.ReposRead, Reach: web.InRepository, Slow: true, Serve: s.listFeatures,
		},
		{
			Pattern: "GET /api/v1/repos/{repo}/feature", About: "Shows one feature file of a commit.",
			Auth: web.Token, Verb: access.ReposRead, Reach: web.InRepository, Serve: s.showFeature,
		},
		{
			Pattern: "GET /api/v1/repos/{repo}/results", About: "Lists the pushes for a commit.",
			Auth: web.Token, Verb: access.ResultsRead, Reach: web.InRepository, Serve: s.listRuns,
		},
		{
			Pattern: "GET /api/v1/issues/{key}", About: "Shows the scenarios of an issue with their results.",
			Auth: web.Token, Verb: access.ResultsRead, Reach: web.Filtered, Slow: true, Serve: s.showIssue,
		},

		{
			Pattern: "GET /api/v1/repos/{repo}/history", About: "Shows a scenario through time.",
			Auth: web.Token, Verb: access.ResultsRead, Reach: web.InRepository, Slow: true, Serve: s.showHistory,
		},
		{
			Pattern: "GET /api/v1/repos/{repo}/steps",
			About:   "Shows unused and duplicate step definitions of a commit, and steps that are written in more than one way.",
			Auth:    web.Token, Verb: access.ResultsRead, Reach: web.InRepository, Slow: true, Serve: s.showSteps,
		},
		{
			Pattern: "GET /api/v1/runs/{id}", About: "Shows the run of a push with all that was pushed of it.",
			Auth: web.Token, Verb: access.ResultsRead, Reach: web.InPush, Slow: true, Serve: s.showRun,
		},
		{
			Pattern: "POST /api/v1/runs/complete", About: "Says that all shards of a run have come.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.InBody, Job: true, Serve: s.completeRun,
		},
		{
			Pattern: "GET /api/v1/gate", About: "Says whether issues or a commit are proven.",
			Auth: web.Token, Verb: access.ResultsRead, Reach: web.Filtered, Job: true, Slow: true, Serve: s.showGate,
		},

		{
			Pattern: "POST /api/v1/results", About: "Takes results of a commit in.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.InBody, Job: true, Slow: true, MaxBody: s.opt.MaxUpload, Serve: s.pushResults,
		},
		{
			Pattern: "GET /api/v1/results/{id}", About: "Tells how a push is accounted for.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.InPush, Job: true, Slow: true, Serve: s.pushStatus,
		},

		{
			Pattern: "POST /api/v1/results/{id}/attachments", About: "Tells which attachments of a push have to be sent.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.InPush, Job: true, Serve: s.missingAttachments,
		},
		{
			Pattern: "PUT /api/v1/results/{id}/attachments/{hash}", About: "Takes in an attachment that a push names.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.InPush, Job: true, Slow: true, MaxBody: model.MaxAttachment,
			Serve: s.takeAttachment,
		},

		{
			Pattern: "GET /api/v1/evidence/{project}", About: "Tells what a project keeps of messages, stacks and attachments.",
			Auth: web.Token, Verb: access.ReposRead, Reach: web.InBody, Serve: s.showEvidenceRule,
		},
		{
			Pattern: "PATCH /api/v1/evidence/{project}", About: "Decides what a project keeps of messages, stacks and attachments.",
			Auth: web.Token, Verb: access.ReposWrite, Reach: web.InBody, Serve: s.changeEvidenceRule,
		},

		{
			Pattern: "GET /api/v1/tokens", About: "Lists tokens.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.listTokens,
		},
		{
			Pattern: "POST /api/v1/tokens", About: "Makes a token.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.createToken,
		},
		{
			Pattern: "DELETE /api/v1/tokens/{id}", About: "Revokes a token.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.revokeToken,
		},
		{
			Pattern: "GET /api/v1/trusts", About: "Lists the repositories of CI services whose jobs push without an API token.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.listTrusts,
		},
		{
			Pattern: "POST /api/v1/trusts", About: "Lets the jobs of a repository of a CI service push without an API token.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.addTrust,
		},
		{
			Pattern: "DELETE /api/v1/trusts/{id}", About: "Ends such a trust.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.removeTrust,
		},
		{
			Pattern: "POST /api/v1/links", About: "Makes a link that opens the local pages.",
			Auth: web.Token, Verb: access.Admin, Reach: web.WholeTenant, Serve: s.makeLink,
		},

		{Pattern: "POST /hooks/git/{id}", About: "Hears from a Git host that something was pushed.", Auth: web.Hook, Serve: s.gitHook},

		{
			Pattern: "PUT /REST/1.0/bdd/report", About: "Takes results from old scripts in.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.OfThePrincipal, Job: true, Slow: true, MaxBody: s.opt.MaxUpload,
			Serve: s.oldUpload,
		},
		{
			Pattern: "PUT /rest/behavepro/1.0/bdd", About: "Takes results from old server scripts in.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.OfThePrincipal, Job: true, Slow: true, MaxBody: s.opt.MaxUpload,
			Serve: s.oldUpload,
		},
		{
			Pattern: "PUT /rest/behavepro/1.0/bdd/report", About: "Takes results from old server scripts in.",
			Auth: web.Token, Verb: access.ResultsWrite, Reach: web.OfThePrincipal, Job: true, Slow: true, MaxBody: s.opt.MaxUpload,
			Serve: s.oldUpload,
		},
	}
}
