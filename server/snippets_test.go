package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/api/oidc/oidctest"
)

// hostSystem is this machine as release files name it.
func hostSystem() string { return runtime.GOOS + "-" + runtime.GOARCH }

// shellPart is what stands in a snippet between its two marks, without the indentation.
func shellPart(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	var part []string
	indent, inside := "", false
	for _, line := range lines {
		if i := strings.Index(line, "# behavepro: the shell part begins"); i >= 0 {
			indent, inside = line[:i], true
		}
		if inside {
			part = append(part, strings.TrimPrefix(line, indent))
		}
		if strings.Contains(line, "# behavepro: the shell part ends") {
			return strings.Join(part, "\n") + "\n"
		}
	}
	t.Fatalf("%s has no shell part between its marks", path)
	return ""
}

// snippetServer is a server that gives the tool, with a repository that is connected and checked out.
type snippetServer struct {
	*testServer
	ci     *oidctest.Issuer
	commit behavepro.SHA
	where  string
}

func newSnippetServer(t *testing.T) *snippetServer {
	t.Helper()
	s := &snippetServer{ci: oidctest.Start(t)}
	s.testServer = startTestServer(t, func(c *Config) { c.CLIDir, c.OIDCIssuers = releaseOf(t, builtCommand(t)), []string{s.ci.URL} })
	s.commit = s.testServer.commit("shop", map[string]string{"features/cart.feature": cart})
	s.connect("shop", "acme/shop", "SHOP")
	s.where = filepath.Join(s.repos, "shop")
	if err := os.MkdirAll(filepath.Join(s.where, "out", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.where, "out", "deep", "cucumber.json"), []byte(cartPassed), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.admin().AddTrust(t.Context(), client.AddTrust{
		Projects: []behavepro.ProjectKey{"SHOP"}, Issuer: s.ci.URL, RepositoryID: "1001", OwnerID: "77", Refs: []string{"refs/heads/main"}, Events: []string{"push"}, Gate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSnippets runs the shell part of every snippet of ci/ against a running server, in the environment that its service makes.
func TestSnippets(t *testing.T) {
	t.Parallel()
	s := newSnippetServer(t)
	sha, token := s.commit.String(), s.token(behavepro.Local, time.Time{}, "SHOP", access.ResultsWrite)
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"after":"`+sha+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	idToken := s.ci.Sign(s.ci.GitLab(s.endpoint.url, sha, time.Now()))
	actions := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-job-key" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"value": s.ci.Sign(s.ci.GitHub(r.URL.Query().Get("audience"), sha, time.Now()))})
	}))
	t.Cleanup(actions.Close)
	withToken := "BEHAVEPRO_TOKEN=" + token.Reveal()
	for _, test := range []struct {
		path, build string
		keyless     bool
		env         []string
	}{
		{"github/action.yml", "gh-1", true, []string{
			"GITHUB_ACTIONS=true", "GITHUB_SHA=" + sha, "GITHUB_REF_NAME=main", "GITHUB_RUN_ID=gh-1", "GITHUB_EVENT_PATH=" + event, "BEHAVEPRO_TOKEN=",
			"ACTIONS_ID_TOKEN_REQUEST_URL=" + actions.URL + "/?api-version=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=the-job-key",
		}},
		{"gitlab/behavepro.yml", "gl-1", true, []string{"GITLAB_CI=true", "CI_COMMIT_SHA=" + sha, "CI_COMMIT_REF_NAME=main", "CI_PIPELINE_ID=gl-1", "BEHAVEPRO_ID_TOKEN=" + idToken}},
		{"jenkins/Jenkinsfile", "jenkins-1", false, []string{"JENKINS_URL=https://j.example.com/", "GIT_COMMIT=" + sha, "GIT_BRANCH=origin/main", "BUILD_TAG=jenkins-1", withToken}},
		{"bitbucket/bitbucket-pipelines.yml", "bb-1", false, []string{"BITBUCKET_BUILD_NUMBER=bb-1", "BITBUCKET_COMMIT=" + sha, "BITBUCKET_BRANCH=main", withToken}},
		{"azure/behavepro.yml", "az-1", false, []string{"TF_BUILD=True", "BUILD_SOURCEVERSION=" + sha, "BUILD_SOURCEBRANCH=refs/heads/main", "BUILD_BUILDID=az-1", withToken}},
		{"circleci/config.yml", "cc-1", false, []string{"CIRCLECI=true", "CIRCLE_SHA1=" + sha, "CIRCLE_BRANCH=main", "CIRCLE_WORKFLOW_ID=cc-1", withToken}},
	} {
		out, err := s.shell(shellPart(t, filepath.Join("../ci", test.path)), test.env...)
		if err != nil {
			t.Errorf("%s: %v\n%s", test.path, err, out)
			continue
		}
		for _, secret := range []string{token.Reveal(), idToken, "the-job-key", "eyJ"} {
			if strings.Contains(out, secret) {
				t.Errorf("%s prints a token:\n%s", test.path, out)
			}
		}
		if run := s.runOf(test.build); run == nil {
			t.Errorf("%s: there is no run of build %s\n%s", test.path, test.build, out)
		} else if run.Commit != s.commit || run.Branch != "main" || run.Matched != 1 || (run.OIDC != nil) != test.keyless {
			t.Errorf("%s: got %+v", test.path, run)
		}
		if !test.keyless {
			continue
		}
		gate := builtCommand(t) + " gate --issue SHOP-1 --require-oidc --wait 1m"
		if out, err := s.shell(gate, test.env...); err != nil || !strings.Contains(out, "the ID token of this CI job is used") || !strings.Contains(out, "open") {
			t.Errorf("%s: the gate: %v\n%s", test.path, err, out)
		}
	}
	// A tool that did not arrive whole is not run.
	if err := os.WriteFile(filepath.Join(s.app.conf.CLIDir, "SHA256SUMS"), []byte("00  behavepro-"+hostSystem()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := s.shell(shellPart(t, "../ci/circleci/config.yml"), withToken); err == nil || !strings.Contains(out, "did not arrive whole") {
		t.Errorf("with another checksum: %v\n%s", err, out)
	}
}

// shell runs a script in the checkout with nothing in its environment but what is given and what finds programs.
func (s *snippetServer) shell(script string, env ...string) (string, error) {
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", script)
	cmd.Dir = s.where
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE"), "HOME=" + s.t.TempDir(), "GIT_CONFIG_GLOBAL=" + os.DevNull, "BEHAVEPRO_URL=" + s.endpoint.url, "BEHAVEPRO_REPORTS=out/**/cucumber.json",
	}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (s *snippetServer) runOf(build string) *client.Run {
	s.t.Helper()
	runs, err := s.admin().Runs(s.t.Context(), "acme/shop", s.commit.String())
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range runs.Runs {
		if runs.Runs[i].Build == build {
			return &runs.Runs[i]
		}
	}
	return nil
}
