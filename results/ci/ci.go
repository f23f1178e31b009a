// Package ci reads what a CI service tells about its build in environment variables: the commit that results belong to,
// the branch, and the build.
//
// It promises: on a pull request the commit is the head of its source branch, not the temporary merge that the service
// may have checked out, which is told beside it; Decided names what the commit was taken from; nothing is guessed. It
// never runs Git, never uses the network, and reads no file but the event file that GitHub Actions names.
package ci

import (
	"strconv"
	"strings"

	"github.com/behavepro/behavepro"
)

// Environment is what is known about the build. Any part may be empty.
type Environment struct {
	Provider     string        // such as "GitHub Actions"; "" outside of CI
	Commit       behavepro.SHA // that the results belong to
	TestedCommit behavepro.SHA // that was checked out, where it is another one
	Branch       string        // on a pull request its source branch
	BuildID      string        // unique in the provider's project
	BuildURL     string
	Attempt      int    // of the build, from 1; 0 where the provider does not count
	Decided      string // the variable or file field that gave Commit
}

// provider is one CI service.
type provider struct {
	name   string
	marks  string // variable that is set in its builds
	detect func(e *environ, to *Environment)
}

// providers in the order in which they are asked: services that other services imitate come last.
var providers = []provider{
	{"GitHub Actions", "GITHUB_ACTIONS", github},
	{"GitLab CI", "GITLAB_CI", gitlab},
	{"Bitbucket Pipelines", "BITBUCKET_BUILD_NUMBER", bitbucket},
	{"Azure Pipelines", "TF_BUILD", azure},
	{"CircleCI", "CIRCLECI", circle},
	{"Buildkite", "BUILDKITE", buildkite},
	{"Travis CI", "TRAVIS", travis},
	{"TeamCity", "TEAMCITY_VERSION", teamcity},
	{"Drone", "DRONE", drone},
	{"Jenkins", "JENKINS_URL", jenkins},
}

// Detect asks the environment. env returns a variable's value or ""; readFile is called with the path of GitHub's event
// file only. Outside of a known service the Environment is zero.
func Detect(env func(string) string, readFile func(string) ([]byte, error)) Environment {
	e := &environ{get: env, readFile: readFile}
	for _, p := range providers {
		if env(p.marks) == "" {
			continue
		}
		found := Environment{Provider: p.name}
		p.detect(e, &found)
		if found.TestedCommit == found.Commit {
			found.TestedCommit = behavepro.SHA{}
		}
		found.Branch = strings.TrimPrefix(found.Branch, "refs/heads/")
		return found
	}
	return Environment{}
}

// environ reads variables.
type environ struct {
	get      func(string) string
	readFile func(string) ([]byte, error)
}

// first is the value of the first variable that has one.
func (e *environ) first(names ...string) string {
	for _, name := range names {
		if v := e.get(name); v != "" {
			return v
		}
	}
	return ""
}

func (e *environ) number(name string) int {
	n, err := strconv.Atoi(e.get(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// sha reads a full SHA from a variable; zero where there is none.
func (e *environ) sha(name string) behavepro.SHA {
	sha, err := behavepro.ParseSHA(strings.TrimSpace(e.get(name)))
	if err != nil {
		return behavepro.SHA{}
	}
	return sha
}

// commit takes the commit from the first variable that holds a full SHA.
func (e *environ) commit(to *Environment, names ...string) {
	for _, name := range names {
		if sha := e.sha(name); !sha.IsZero() {
			to.Commit, to.Decided = sha, name
			return
		}
	}
}
