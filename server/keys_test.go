package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/testenv"
	gitsync "github.com/behavepro/behavepro/sync"
)

// TestKeysEverywhere: every entry point has the verdict of the root package on what a project or issue key is.
func TestKeysEverywhere(t *testing.T) {
	t.Parallel()
	bin, err := testenv.Commands("behavepro")
	if err != nil {
		t.Fatal(err)
	}
	h := startTestServer(t, nil)
	k := &keyEntries{h: h, cli: filepath.Join(bin, "behavepro")}
	k.session = h.session(access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.Admin}}, time.Now())
	if k.token, err = h.AdminToken(); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("A", 100)
	for _, key := range []string{
		"SHOP", "AB", "X", "shop", "A_1", "1A", "_A", "SH-OP", "SHÖP", "\u017fHOP", long, long + "A", long + long + long[:55], long + long + long[:56],
	} {
		parsed, err := behavepro.ParseProjectKey(key)
		for name, accepts := range k.projects(key, parsed) {
			if accepts != (err == nil) {
				t.Errorf("project %.12q of %d bytes: %s accepts it: %t, the root package: %v", key, len(key), name, accepts, err)
			}
		}
	}
	for _, key := range []string{
		"SHOP-1", "shop-12", "X-1", "SHOP-0", "SHOP-01", "SHOP-", "SHOP", "SHOP-1A", "A-B-1", "SHÖP-1", "\u017fHOP-1", long + "A-1", long + long + long[:56] + "-1",
		"SHOP-999999999999999999", "SHOP-1000000000000000000",
	} {
		_, err := behavepro.ParseIssueKey(key)
		for name, accepts := range k.issues(key) {
			if accepts != (err == nil) {
				t.Errorf("issue %.12q of %d bytes: %s accepts it: %t, the root package: %v", key, len(key), name, accepts, err)
			}
		}
	}
}

// keyEntries gives keys to the entry points of a daemon.
type keyEntries struct {
	h       *testServer
	cli     string
	session *http.Cookie
	token   behavepro.Secret
}

// projects reports which entry points accept the key of a project. sync gets what an entry point parsed.
func (k *keyEntries) projects(key string, parsed behavepro.ProjectKey) map[string]bool {
	ctx := k.h.t.Context()
	if parsed == "" {
		parsed = behavepro.ProjectKey(key)
	}
	_, tokenErr := k.h.admin().CreateToken(ctx, client.CreateToken{Name: "ci", Projects: []behavepro.ProjectKey{behavepro.ProjectKey(key)}, Can: []string{"repos:read"}})
	_, ruleErr := k.h.admin().EvidenceRule(ctx, behavepro.ProjectKey(key))
	// The short poll interval refuses what is right otherwise, so that nothing is connected.
	_, _, syncErr := k.h.app.service.Add(ctx, behavepro.Change{}, behavepro.Local, gitsync.NewRepository{
		URL: filepath.Join(k.h.repos, "none"), Projects: []behavepro.ProjectKey{parsed}, AllowLocal: true, Poll: time.Second,
	})
	form := url.Values{"url": {filepath.Join(k.h.repos, "none")}, "projects": {key}, "credential": {"none"}, "name": {"shop"}}
	_, flagErr := cli.ProjectKeys([]string{key})
	return map[string]bool{
		"POST /api/v1/tokens": tokenErr == nil, "GET evidence": ruleErr == nil, "sync": !strings.Contains(syncErr.Error(), "key"),
		"the form":           !strings.Contains(k.page(http.MethodPost, "/settings/connect", form.Encode()).body, "is not the key of a project"),
		"the evidence page":  k.page(http.MethodGet, "/settings/evidence/"+url.PathEscape(key), "").status == http.StatusOK,
		"syncd --project":    flagErr == nil,
		"behavepro evidence": k.run("evidence", key) != cli.ExitUsage, "behavepro repos add": k.run("repos", "add", "https://127.0.0.1:1/none", "--project", key) != cli.ExitUsage,
	}
}

// issues reports which entry points accept an issue key.
func (k *keyEntries) issues(key string) map[string]bool {
	_, apiErr := k.h.admin().Issue(k.h.t.Context(), behavepro.IssueKey(key), "", "")
	_, gateErr := k.h.admin().Gate(k.h.t.Context(), client.GateQuery{Issues: []behavepro.IssueKey{behavepro.IssueKey(key)}})
	return map[string]bool{
		"GET /api/v1/issues": !errors.Is(apiErr, behavepro.ErrInvalid), "GET /api/v1/gate": !errors.Is(gateErr, behavepro.ErrInvalid),
		"the page":              k.page(http.MethodGet, "/issues/"+url.PathEscape(key), "").status != http.StatusBadRequest,
		"the search box":        k.page(http.MethodGet, "/issues?key="+url.QueryEscape(key), "").status != http.StatusBadRequest,
		"behavepro issues show": k.run("issues", "show", key) != cli.ExitUsage, "behavepro gate": k.run("gate", "--issue", key) != cli.ExitUsage,
	}
}

func (k *keyEntries) page(method, path, form string) answered {
	return k.h.ask(method, path, form, func(r *http.Request) {
		r.AddCookie(k.session)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	})
}

// run returns the exit code of the command line tool.
func (k *keyEntries) run(args ...string) int {
	k.h.t.Helper()
	ctx, cancel := context.WithTimeout(k.h.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.cli, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = k.h.repos, io.Discard, io.Discard
	cmd.Env = append(cmd.Environ(), "BEHAVEPRO_URL="+k.h.URL(), "BEHAVEPRO_TOKEN="+k.token.Reveal())
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		k.h.t.Fatal(err)
	}
	return 0
}
