package jiratest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// descriptor is what an app says of itself.
type descriptor struct {
	Key            string
	Name           string
	BaseURL        string
	Authentication struct{ Type string }
	Scopes         []string
	Lifecycle      map[string]string
	APIMigrations  map[string]bool
	RegionBaseURLs map[string]string
	Modules        modules
}

type modules struct {
	JiraIssueContents         []module
	JiraIssueContexts         []module
	JiraProjectPages          []module
	JiraProjectAdminTabPanels []module
	AdminPages                []module
	GeneralPages              []module
	JiraEntityProperties      []struct {
		EntityType        string
		KeyConfigurations []struct {
			PropertyKey string
			Extractions []struct{ ObjectName, Type, Alias string }
		}
	}
	Webhooks []struct {
		Event  string
		URL    string
		Filter string
	}
}

type module struct {
	Key                      string
	Name                     text
	URL                      string
	Tooltip                  text
	Target                   struct{ URL string }
	Content                  struct{ Label text }
	Conditions               []condition
	ContentPresentConditions []condition
}

type text struct{ Value string }

func (m *module) url() string { return cmp.Or(m.Target.URL, m.URL) }

// app is the app that is installed.
type app struct {
	descriptor
	base    string // where it was installed from, by its descriptor
	secret  string
	enabled bool
}

// basePath is the path of the app's address, which is left out of hashes.
func (a *app) basePath() string {
	u, err := url.Parse(a.base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

var ranks = []string{"NONE", "READ", "WRITE", "DELETE", "PROJECT_ADMIN", "ADMIN"}

func (a *app) has(scope string) bool {
	need := slices.Index(ranks, scope)
	return need == 0 || slices.ContainsFunc(a.Scopes, func(s string) bool { return slices.Index(ranks, strings.ToUpper(s)) >= need })
}

func (a *app) alias(name string) (key, path string, ok bool) {
	for _, e := range a.Modules.JiraEntityProperties {
		for _, k := range e.KeyConfigurations {
			for _, x := range k.Extractions {
				if e.EntityType == "issue" && x.Alias != "" && strings.EqualFold(x.Alias, name) {
					return k.PropertyKey, x.ObjectName, true
				}
			}
		}
	}
	return "", "", false
}

// App tells of the app that is installed: its key and address.
func (j *Jira) App() (key, base string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return "", "", errNoApp
	}
	return j.app.Key, j.app.base, nil
}

// Install reads an app's descriptor at its address and installs it, or installs it again with a new secret. The address may be
// that of the descriptor itself. An app that does not answer 200 or 204 is not installed.
func (j *Jira) Install(ctx context.Context, appURL string) error {
	d, err := j.readDescriptor(ctx, appURL)
	if err != nil {
		return fmt.Errorf("install %s: %w", appURL, err)
	}
	a := &app{descriptor: *d, base: strings.TrimSuffix(d.BaseURL, "/"), secret: newID() + newID()}
	if err := j.lifecycle(ctx, a, "installed"); err != nil {
		return fmt.Errorf("install %s: %w", appURL, err)
	}
	j.mu.Lock()
	j.app = a
	j.mu.Unlock()
	return j.Enable(ctx)
}

var appKey = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)

func (j *Jira) readDescriptor(ctx context.Context, appURL string) (*descriptor, error) {
	if !strings.HasSuffix(appURL, ".json") {
		appURL = strings.TrimSuffix(appURL, "/") + "/atlassian-connect.json"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, appURL, nil)
	if err != nil {
		return nil, err
	}
	status, body, err := j.send(req)
	if err != nil || status != http.StatusOK {
		return nil, cmp.Or(err, fmt.Errorf("its descriptor is answered with %d", status))
	}
	var d descriptor
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("its descriptor: %w", err)
	}
	switch {
	case !appKey.MatchString(d.Key):
		return nil, fmt.Errorf("%q is no app key", d.Key)
	case d.Authentication.Type != "jwt":
		return nil, fmt.Errorf("authentication %q, not jwt", d.Authentication.Type)
	case d.Lifecycle["installed"] == "":
		return nil, errors.New("its descriptor names no installed callback")
	case !d.APIMigrations["signed-install"]:
		return nil, errors.New("its descriptor does not ask for signed installs")
	}
	return &d, nil
}

// LifecycleBody is what the app is told of an event; a secret only of installed.
func (j *Jira) LifecycleBody(event, secret string) (map[string]any, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return nil, errNoApp
	}
	return j.lifecycleBody(j.app.Key, event, secret), nil
}

func (j *Jira) lifecycleBody(key, event, secret string) map[string]any {
	body := map[string]any{
		"key": key, "clientKey": j.clientKey, "baseUrl": j.base, "productType": "jira", "eventType": event,
		"serverVersion": "100289", "pluginsVersion": "1001.0.0-SNAPSHOT", "description": "A Jira to try things in",
	}
	if j.opt.DisplayURL != "" {
		body["displayUrl"] = j.opt.DisplayURL
	}
	if secret != "" {
		body["sharedSecret"] = secret
	}
	return body
}

// lifecycle tells an app of an event: installs and uninstalls signed with an install key, the others with the secret.
func (j *Jira) lifecycle(ctx context.Context, a *app, event string) error {
	path := a.Lifecycle[event]
	if path == "" {
		return nil
	}
	j.mu.Lock()
	claims, err := a.lifecycleClaims(j, path)
	secret := ""
	if event == "installed" {
		secret = a.secret
	}
	body := j.lifecycleBody(a.Key, event, secret)
	j.mu.Unlock()
	if err != nil {
		return err
	}
	var token string
	if event == "installed" || event == "uninstalled" {
		token, err = j.SignRS256("", claims)
	} else {
		delete(claims, "aud")
		token, err = SignHS256(a.secret, claims)
	}
	if err != nil {
		return err
	}
	status, told, err := j.post(ctx, a.base+path, token, body, nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK && status != http.StatusNoContent {
		return fmt.Errorf("%s was answered with %d: %s", event, status, told)
	}
	return nil
}

func (j *Jira) post(ctx context.Context, to, token string, body any, header http.Header) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
	return j.send(req)
}

func (j *Jira) send(req *http.Request) (int, []byte, error) {
	res, err := j.client().Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	return res.StatusCode, body, err
}

// Uninstall tells the app that it is uninstalled. What it answers changes nothing, and is returned as an error.
func (j *Jira) Uninstall(ctx context.Context) error {
	j.mu.Lock()
	a := j.app
	j.app = nil
	j.mu.Unlock()
	if a == nil {
		return errNoApp
	}
	return j.lifecycle(ctx, a, "uninstalled")
}

// Enable and Disable tell the app so.
func (j *Jira) Enable(ctx context.Context) error  { return j.able(ctx, "enabled", true) }
func (j *Jira) Disable(ctx context.Context) error { return j.able(ctx, "disabled", false) }

func (j *Jira) able(ctx context.Context, event string, enabled bool) error {
	j.mu.Lock()
	a := j.app
	if a != nil {
		a.enabled = enabled
	}
	j.mu.Unlock()
	if a == nil {
		return errNoApp
	}
	return j.lifecycle(ctx, a, event)
}

// Import gives the site a new client key and forgets the app without telling it, as an import of a backup does.
func (j *Jira) Import() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clientKey, j.app = newID(), nil
}
