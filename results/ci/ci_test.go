package ci_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/ci"
)

var (
	head  = strings.Repeat("a", 40)
	merge = strings.Repeat("b", 40)
)

func sha(s string) behavepro.SHA {
	parsed, err := behavepro.ParseSHA(s)
	if err != nil {
		panic(err)
	}
	return parsed
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		vars  map[string]string
		event string
		want  ci.Environment
	}{
		{name: "no CI", vars: map[string]string{"CI": "true"}},
		{
			name: "GitHub push",
			vars: map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_SHA": head, "GITHUB_REF_NAME": "main", "GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "2",
				"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "/event.json",
			},
			event: `{"after":"` + head + `"}`,
			want: ci.Environment{
				Provider: "GitHub Actions", Commit: sha(head), Branch: "main", BuildID: "77", Attempt: 2,
				BuildURL: "https://github.com/acme/shop/actions/runs/77", Decided: "GITHUB_SHA",
			},
		},
		{
			name: "GitHub pull request",
			vars: map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_SHA": merge, "GITHUB_HEAD_REF": "feature/x", "GITHUB_REF_NAME": "12/merge",
				"GITHUB_EVENT_PATH": "/event.json",
			},
			event: `{"pull_request":{"head":{"sha":"` + head + `","ref":"feature/x"}}}`,
			want: ci.Environment{
				Provider: "GitHub Actions", Commit: sha(head), TestedCommit: sha(merge), Branch: "feature/x",
				Decided: "pull_request.head.sha in the event file",
			},
		},
		{
			name: "GitHub pull request whose event file is gone",
			vars: map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": merge, "GITHUB_EVENT_PATH": "/gone.json"},
			want: ci.Environment{Provider: "GitHub Actions", Commit: sha(merge), Decided: "GITHUB_SHA"},
		},
		{
			name: "GitHub workflow after another",
			vars: map[string]string{
				"GITHUB_ACTIONS": "true", "GITHUB_SHA": merge, "GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF_NAME": "main",
				"GITHUB_EVENT_PATH": "/event.json",
			},
			event: `{"workflow_run":{"head_sha":"` + head + `","head_branch":"feature/x"}}`,
			want: ci.Environment{
				Provider: "GitHub Actions", Commit: sha(head), TestedCommit: sha(merge), Branch: "feature/x",
				Decided: "workflow_run.head_sha in the event file",
			},
		},
		{
			name: "GitLab branch",
			vars: map[string]string{
				"GITLAB_CI": "true", "CI_COMMIT_SHA": head, "CI_COMMIT_REF_NAME": "main", "CI_PIPELINE_ID": "5", "CI_PIPELINE_URL": "https://gl/p/5",
			},
			want: ci.Environment{
				Provider: "GitLab CI", Commit: sha(head), Branch: "main", BuildID: "5", BuildURL: "https://gl/p/5", Decided: "CI_COMMIT_SHA",
			},
		},
		{
			name: "GitLab merged results",
			vars: map[string]string{
				"GITLAB_CI": "true", "CI_COMMIT_SHA": merge, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head,
				"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "x", "CI_COMMIT_REF_NAME": "refs/merge-requests/1/merge",
			},
			want: ci.Environment{
				Provider: "GitLab CI", Commit: sha(head), TestedCommit: sha(merge), Branch: "x", Decided: "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA",
			},
		},
		{
			name: "GitLab merge request without merged results: the variable is empty",
			vars: map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": head, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""},
			want: ci.Environment{Provider: "GitLab CI", Commit: sha(head), Decided: "CI_COMMIT_SHA"},
		},
		{
			name: "Jenkins",
			vars: map[string]string{
				"JENKINS_URL": "https://j/", "GIT_COMMIT": head, "GIT_BRANCH": "origin/main", "BUILD_TAG": "jenkins-shop-9", "BUILD_URL": "https://j/job/shop/9/",
			},
			want: ci.Environment{
				Provider: "Jenkins", Commit: sha(head), Branch: "main", BuildID: "jenkins-shop-9", BuildURL: "https://j/job/shop/9/", Decided: "GIT_COMMIT",
			},
		},
		{
			name: "Jenkins pull request builder",
			vars: map[string]string{"JENKINS_URL": "https://j/", "GIT_COMMIT": merge, "ghprbActualCommit": head, "ghprbSourceBranch": "x"},
			want: ci.Environment{
				Provider: "Jenkins", Commit: sha(head), TestedCommit: sha(merge), Branch: "x", Decided: "ghprbActualCommit",
			},
		},
		{
			name: "Bitbucket",
			vars: map[string]string{
				"BITBUCKET_BUILD_NUMBER": "3", "BITBUCKET_COMMIT": head, "BITBUCKET_BRANCH": "x", "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/acme/shop",
			},
			want: ci.Environment{
				Provider: "Bitbucket Pipelines", Commit: sha(head), Branch: "x", BuildID: "3",
				BuildURL: "https://bitbucket.org/acme/shop/pipelines/results/3", Decided: "BITBUCKET_COMMIT",
			},
		},
		{
			name: "Azure pull request",
			vars: map[string]string{
				"TF_BUILD": "True", "BUILD_SOURCEVERSION": merge, "SYSTEM_PULLREQUEST_SOURCECOMMITID": head,
				"SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feature/x", "BUILD_BUILDID": "4", "SYSTEM_JOBATTEMPT": "1",
				"SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/", "SYSTEM_TEAMPROJECT": "My Shop",
			},
			want: ci.Environment{
				Provider: "Azure Pipelines", Commit: sha(head), TestedCommit: sha(merge), Branch: "feature/x", BuildID: "4", Attempt: 1,
				BuildURL: "https://dev.azure.com/acme/My%20Shop/_build/results?buildId=4", Decided: "SYSTEM_PULLREQUEST_SOURCECOMMITID",
			},
		},
		{
			name: "Azure branch",
			vars: map[string]string{"TF_BUILD": "True", "BUILD_SOURCEVERSION": head, "BUILD_SOURCEBRANCH": "refs/heads/main"},
			want: ci.Environment{Provider: "Azure Pipelines", Commit: sha(head), Branch: "main", Decided: "BUILD_SOURCEVERSION"},
		},
		{
			name: "CircleCI",
			vars: map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": head, "CIRCLE_BRANCH": "x", "CIRCLE_WORKFLOW_ID": "w", "CIRCLE_BUILD_URL": "https://c/1"},
			want: ci.Environment{Provider: "CircleCI", Commit: sha(head), Branch: "x", BuildID: "w", BuildURL: "https://c/1", Decided: "CIRCLE_SHA1"},
		},
		{
			name: "Buildkite",
			vars: map[string]string{
				"BUILDKITE": "true", "BUILDKITE_COMMIT": head, "BUILDKITE_BRANCH": "x", "BUILDKITE_BUILD_ID": "b", "BUILDKITE_BUILD_URL": "https://b/1", "BUILDKITE_RETRY_COUNT": "1",
			},
			want: ci.Environment{Provider: "Buildkite", Commit: sha(head), Branch: "x", BuildID: "b", BuildURL: "https://b/1", Attempt: 2, Decided: "BUILDKITE_COMMIT"},
		},
		{
			name: "Buildkite build of HEAD names no commit",
			vars: map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_BRANCH": "x"},
			want: ci.Environment{Provider: "Buildkite", Branch: "x"},
		},
		{
			name: "Travis pull request",
			vars: map[string]string{
				"TRAVIS": "true", "TRAVIS_COMMIT": merge, "TRAVIS_PULL_REQUEST_SHA": head, "TRAVIS_PULL_REQUEST_BRANCH": "x", "TRAVIS_BRANCH": "main",
				"TRAVIS_BUILD_ID": "6", "TRAVIS_BUILD_WEB_URL": "https://t/6",
			},
			want: ci.Environment{
				Provider: "Travis CI", Commit: sha(head), TestedCommit: sha(merge), Branch: "x", BuildID: "6", BuildURL: "https://t/6", Decided: "TRAVIS_PULL_REQUEST_SHA",
			},
		},
		{
			name: "TeamCity, with a Jenkins-like variable",
			vars: map[string]string{"TEAMCITY_VERSION": "2025", "BUILD_VCS_NUMBER": head, "BUILD_NUMBER": "8", "BUILD_URL": "https://tc/8"},
			want: ci.Environment{Provider: "TeamCity", Commit: sha(head), BuildID: "8", BuildURL: "https://tc/8", Decided: "BUILD_VCS_NUMBER"},
		},
		{
			name: "Drone",
			vars: map[string]string{"DRONE": "true", "DRONE_COMMIT_SHA": head, "DRONE_SOURCE_BRANCH": "x", "DRONE_BRANCH": "main", "DRONE_BUILD_NUMBER": "10", "DRONE_BUILD_LINK": "https://d/10"},
			want: ci.Environment{Provider: "Drone", Commit: sha(head), Branch: "x", BuildID: "10", BuildURL: "https://d/10", Decided: "DRONE_COMMIT_SHA"},
		},
		{
			name: "a short SHA is not taken",
			vars: map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": "abc1234"},
			want: ci.Environment{Provider: "CircleCI"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ci.Detect(func(name string) string { return test.vars[name] }, func(path string) ([]byte, error) {
				if path != "/event.json" || test.event == "" {
					return nil, errors.New("no such file")
				}
				return []byte(test.event), nil
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
