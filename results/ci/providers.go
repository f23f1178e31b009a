package ci

import "strings"

// gitlab reads GitLab CI. In a merged results pipeline CI_COMMIT_SHA is a temporary merge.
func gitlab(e *environ, to *Environment) {
	e.commit(to, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA")
	to.TestedCommit = e.sha("CI_COMMIT_SHA")
	to.Branch = e.first("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME")
	to.BuildID = e.get("CI_PIPELINE_ID")
	to.BuildURL = e.first("CI_PIPELINE_URL", "CI_JOB_URL")
}

// jenkins reads Jenkins. Its branch sources build pull requests merged, with the merge or the head in GIT_COMMIT; the
// pull request builders name the head themselves.
func jenkins(e *environ, to *Environment) {
	e.commit(to, "ghprbActualCommit", "gitlabMergeRequestLastCommit", "PULL_REQUEST_FROM_HASH", "GIT_COMMIT")
	to.TestedCommit = e.sha("GIT_COMMIT")
	to.Branch = e.first("CHANGE_BRANCH", "ghprbSourceBranch", "gitlabSourceBranch", "BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH")
	to.Branch = strings.TrimPrefix(to.Branch, "origin/")
	to.BuildID = e.first("BUILD_TAG", "BUILD_ID", "BUILD_NUMBER")
	to.BuildURL = e.get("BUILD_URL")
}

// bitbucket reads Bitbucket Pipelines, which merges the target in the clone but names the head of the source.
func bitbucket(e *environ, to *Environment) {
	e.commit(to, "BITBUCKET_COMMIT")
	to.Branch = e.get("BITBUCKET_BRANCH")
	to.BuildID = e.get("BITBUCKET_BUILD_NUMBER")
	to.Attempt = e.number("BITBUCKET_STEP_RUN_NUMBER")
	origin := e.get("BITBUCKET_GIT_HTTP_ORIGIN")
	if full := e.get("BITBUCKET_REPO_FULL_NAME"); origin == "" && full != "" {
		origin = "https://bitbucket.org/" + full
	}
	if origin != "" && to.BuildID != "" {
		to.BuildURL = strings.TrimSuffix(strings.Replace(origin, "http://", "https://", 1), "/") + "/pipelines/results/" + to.BuildID
	}
}

// azure reads Azure Pipelines. In a pull request validation BUILD_SOURCEVERSION is a temporary merge.
func azure(e *environ, to *Environment) {
	e.commit(to, "SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION")
	to.TestedCommit = e.sha("BUILD_SOURCEVERSION")
	to.Branch = e.first("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME")
	to.BuildID = e.get("BUILD_BUILDID")
	to.Attempt = e.number("SYSTEM_JOBATTEMPT")
	server, project := e.first("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"), e.get("SYSTEM_TEAMPROJECT")
	if server != "" && project != "" && to.BuildID != "" {
		to.BuildURL = strings.TrimSuffix(server, "/") + "/" + strings.ReplaceAll(project, " ", "%20") +
			"/_build/results?buildId=" + to.BuildID
	}
}

// circle reads CircleCI, which always checks out the head.
func circle(e *environ, to *Environment) {
	e.commit(to, "CIRCLE_SHA1")
	to.Branch = e.get("CIRCLE_BRANCH")
	to.BuildID = e.first("CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM")
	to.BuildURL = e.get("CIRCLE_BUILD_URL")
}

// buildkite reads Buildkite, whose commit may be the word HEAD where a build was started by hand.
func buildkite(e *environ, to *Environment) {
	e.commit(to, "BUILDKITE_COMMIT")
	to.Branch = e.get("BUILDKITE_BRANCH")
	to.BuildID = e.first("BUILDKITE_BUILD_ID", "BUILDKITE_BUILD_NUMBER")
	to.BuildURL = e.get("BUILDKITE_BUILD_URL")
	if e.get("BUILDKITE_RETRY_COUNT") != "" {
		to.Attempt = e.number("BUILDKITE_RETRY_COUNT") + 1
	}
}

// travis reads Travis CI, which tests pull requests merged.
func travis(e *environ, to *Environment) {
	e.commit(to, "TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT")
	to.TestedCommit = e.sha("TRAVIS_COMMIT")
	to.Branch = e.first("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH")
	to.BuildID = e.first("TRAVIS_BUILD_ID", "TRAVIS_BUILD_NUMBER")
	to.BuildURL = e.get("TRAVIS_BUILD_WEB_URL")
}

// teamcity reads TeamCity, which passes the commit as BUILD_VCS_NUMBER.
func teamcity(e *environ, to *Environment) {
	e.commit(to, "BUILD_VCS_NUMBER")
	to.Branch = e.first("TEAMCITY_PULLREQUEST_SOURCE_BRANCH", "TEAMCITY_BUILD_BRANCH", "BRANCH_NAME", "GIT_BRANCH")
	to.BuildID = e.first("TEAMCITY_BUILD_ID", "BUILD_ID", "BUILD_NUMBER")
	to.BuildURL = e.get("BUILD_URL")
}

// drone reads Drone and its successors, which name the head of a pull request.
func drone(e *environ, to *Environment) {
	e.commit(to, "DRONE_COMMIT_SHA", "DRONE_COMMIT")
	to.TestedCommit = to.Commit
	to.Branch = e.first("DRONE_SOURCE_BRANCH", "DRONE_COMMIT_BRANCH", "DRONE_BRANCH")
	to.BuildID = e.get("DRONE_BUILD_NUMBER")
	to.BuildURL = e.get("DRONE_BUILD_LINK")
}
