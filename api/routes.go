package api

import (
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog/model"
)

// Patterns that other code names.
const (
	patternHealth = "GET /healthz"
	patternReady  = "GET /readyz"
)

// routes are all routes of the API.
var routes = []Route{
	{Pattern: patternHealth, About: "Tells that the process runs.", Door: Public, Serve: health},
	{Pattern: patternReady, About: "Tells that requests can be served.", Door: Public, Serve: ready},
	{Pattern: "GET /api/v1/version", About: "Tells what runs here.", Door: Public, Serve: version},
	{Pattern: "GET /api/v1/openapi.json", About: "Describes the API (OpenAPI 3.1).", Door: Public, Serve: showOpenAPI},

	{Pattern: "GET /api/v1/repos", About: "Lists repositories.", Door: Token, Verb: access.ReposRead, Reach: Filtered, Serve: listRepositories},
	{Pattern: "POST /api/v1/repos", About: "Connects a repository.", Door: Token, Verb: access.ReposWrite, Reach: InBody, Slow: true, Serve: addRepository},
	{Pattern: "GET /api/v1/repos/{repo}", About: "Shows a repository and its sync.", Door: Token, Verb: access.ReposRead, Reach: InRepository, Slow: true, Serve: showRepository},
	{Pattern: "PATCH /api/v1/repos/{repo}", About: "Changes settings of a repository.", Door: Token, Verb: access.ReposWrite, Reach: InAllOf, Serve: changeRepository},
	{Pattern: "DELETE /api/v1/repos/{repo}", About: "Disconnects a repository.", Door: Token, Verb: access.ReposWrite, Reach: InAllOf, Slow: true, Serve: removeRepository},
	{Pattern: "POST /api/v1/repos/{repo}/sync", About: "Asks for a sync.", Door: Token, Verb: access.ReposWrite, Reach: InRepository, Serve: syncRepository},
	{Pattern: "PUT /api/v1/repos/{repo}/credential", About: "Replaces the credential.", Door: Token, Verb: access.ReposWrite, Reach: InAllOf, Serve: setCredential},
	{Pattern: "POST /api/v1/repos/{repo}/hook", About: "Makes a new webhook address and secret.", Door: Token, Verb: access.ReposWrite, Reach: InAllOf, Serve: rotateHook},

	{Pattern: "GET /api/v1/repos/{repo}/features", About: "Lists the feature files of a commit.", Door: Token, Verb: access.ReposRead, Reach: InRepository, Slow: true, Serve: listFeatures},
	{Pattern: "GET /api/v1/repos/{repo}/feature", About: "Shows one feature file of a commit.", Door: Token, Verb: access.ReposRead, Reach: InRepository, Serve: showFeature},
	{Pattern: "GET /api/v1/repos/{repo}/results", About: "Lists the pushes for a commit.", Door: Token, Verb: access.ResultsRead, Reach: InRepository, Serve: listRuns},
	{Pattern: "GET /api/v1/issues/{key}", About: "Shows the scenarios of an issue with their results.", Door: Token, Verb: access.ResultsRead, Reach: Filtered, Slow: true, Serve: showIssue},

	{Pattern: "GET /api/v1/repos/{repo}/history", About: "Shows a scenario through time.", Door: Token, Verb: access.ResultsRead, Reach: InRepository, Slow: true, Serve: showHistory},
	{Pattern: "GET /api/v1/repos/{repo}/steps", About: "Shows unused and duplicate step definitions of a commit, and steps that are written in more than one way.", Door: Token, Verb: access.ResultsRead, Reach: InRepository, Slow: true, Serve: showSteps},
	{Pattern: "GET /api/v1/runs/{id}", About: "Shows the run of a push with all that was pushed of it.", Door: Token, Verb: access.ResultsRead, Reach: InPush, Slow: true, Serve: showRun},
	{Pattern: "POST /api/v1/runs/complete", About: "Says that all shards of a run have come.", Door: Token, Verb: access.ResultsWrite, Reach: InBody, Job: true, Serve: completeRun},
	{Pattern: "GET /api/v1/gate", About: "Says whether issues or a commit are proven.", Door: Token, Verb: access.ResultsRead, Reach: Filtered, Job: true, Slow: true, Serve: showGate},

	{Pattern: "POST /api/v1/results", About: "Takes results of a commit in.", Door: Token, Verb: access.ResultsWrite, Reach: InBody, Job: true, Slow: true, Body: MaxUpload, Serve: pushResults},
	{Pattern: "GET /api/v1/results/{id}", About: "Tells how a push is accounted for.", Door: Token, Verb: access.ResultsWrite, Reach: InPush, Job: true, Slow: true, Serve: pushStatus},

	{Pattern: "POST /api/v1/results/{id}/attachments", About: "Tells which attachments of a push have to be sent.", Door: Token, Verb: access.ResultsWrite, Reach: InPush, Job: true, Serve: missingAttachments},
	{Pattern: "PUT /api/v1/results/{id}/attachments/{hash}", About: "Takes in an attachment that a push names.", Door: Token, Verb: access.ResultsWrite, Reach: InPush, Job: true, Slow: true, Body: model.MaxAttachment, Serve: takeAttachment},

	{Pattern: "GET /api/v1/evidence/{project}", About: "Tells what a project keeps of messages, stacks and attachments.", Door: Token, Verb: access.ReposRead, Reach: InBody, Serve: showEvidenceRule},
	{Pattern: "PATCH /api/v1/evidence/{project}", About: "Decides what a project keeps of messages, stacks and attachments.", Door: Token, Verb: access.ReposWrite, Reach: InBody, Serve: changeEvidenceRule},

	{Pattern: "GET /api/v1/tokens", About: "Lists tokens.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: listTokens},
	{Pattern: "POST /api/v1/tokens", About: "Makes a token.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: createToken},
	{Pattern: "DELETE /api/v1/tokens/{id}", About: "Revokes a token.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: revokeToken},
	{Pattern: "GET /api/v1/trusts", About: "Lists the repositories of CI services whose jobs push without an API token.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: listTrusts},
	{Pattern: "POST /api/v1/trusts", About: "Lets the jobs of a repository of a CI service push without an API token.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: addTrust},
	{Pattern: "DELETE /api/v1/trusts/{id}", About: "Ends such a trust.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: removeTrust},
	{Pattern: "POST /api/v1/links", About: "Makes a link that opens the local pages.", Door: Token, Verb: access.Admin, Reach: WholeTenant, Serve: makeLink},

	{Pattern: "POST /hooks/git/{id}", About: "Hears from a Git host that something was pushed.", Door: Hook, Serve: gitHook},

	{Pattern: "PUT /REST/1.0/bdd/report", About: "Takes results from old scripts in.", Door: Token, Verb: access.ResultsWrite, Reach: OfThePrincipal, Job: true, Slow: true, Body: MaxUpload, Serve: oldUpload},
	{Pattern: "PUT /rest/behavepro/1.0/bdd", About: "Takes results from old server scripts in.", Door: Token, Verb: access.ResultsWrite, Reach: OfThePrincipal, Job: true, Slow: true, Body: MaxUpload, Serve: oldUpload},
	{Pattern: "PUT /rest/behavepro/1.0/bdd/report", About: "Takes results from old server scripts in.", Door: Token, Verb: access.ResultsWrite, Reach: OfThePrincipal, Job: true, Slow: true, Body: MaxUpload, Serve: oldUpload},
}
