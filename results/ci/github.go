package ci

import (
	"encoding/json"

	"github.com/behavepro/behavepro"
)

// github reads GitHub Actions. On a pull request GITHUB_SHA is a temporary merge; the event file holds the head. A job
// that checked out the head itself cannot be told from its variables: TestedCommit is then the merge all the same.
func github(e *environ, to *Environment) {
	e.commit(to, "GITHUB_SHA")
	to.TestedCommit = to.Commit
	to.Branch = e.first("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "GITHUB_REF")
	to.BuildID = e.get("GITHUB_RUN_ID")
	to.Attempt = e.number("GITHUB_RUN_ATTEMPT")
	if server, repo := e.get("GITHUB_SERVER_URL"), e.get("GITHUB_REPOSITORY"); server != "" && repo != "" && to.BuildID != "" {
		to.BuildURL = server + "/" + repo + "/actions/runs/" + to.BuildID
	}
	path := e.get("GITHUB_EVENT_PATH")
	if path == "" || e.readFile == nil {
		return
	}
	text, err := e.readFile(path)
	if err != nil {
		return // GITHUB_SHA decides; Decided says so
	}
	var event struct {
		PullRequest struct {
			Head struct {
				SHA string `json:"sha"`
				Ref string `json:"ref"`
			} `json:"head"`
		} `json:"pull_request"`
		WorkflowRun struct {
			HeadSHA    string `json:"head_sha"`
			HeadBranch string `json:"head_branch"`
		} `json:"workflow_run"`
	}
	if json.Unmarshal(text, &event) != nil {
		return
	}
	if sha, err := behavepro.ParseSHA(event.PullRequest.Head.SHA); err == nil {
		to.Commit, to.Decided = sha, "pull_request.head.sha in the event file"
		to.Branch = or(e.get("GITHUB_HEAD_REF"), or(event.PullRequest.Head.Ref, to.Branch))
		return
	}
	if sha, err := behavepro.ParseSHA(event.WorkflowRun.HeadSHA); err == nil && e.get("GITHUB_EVENT_NAME") == "workflow_run" {
		to.Commit, to.Decided = sha, "workflow_run.head_sha in the event file"
		to.Branch = or(event.WorkflowRun.HeadBranch, to.Branch)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
