package jiratest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// ask is one REST call that was let in. The site is locked while it is answered.
type ask struct {
	*http.Request
	body      []byte
	anonymous bool
}

// handler answers a call with a status and a document.
type handler func(j *Jira, a *ask) (int, any)

// route is one endpoint.
type route struct {
	pattern   string
	scope     string // that the app needs
	points    int
	anonymous bool // may be asked without a signature
	write     bool // of the issue in the path
	handle    handler
}

var routes = []route{
	{pattern: "POST /rest/api/3/issue/bulkfetch", scope: "WRITE", points: 2, handle: (*Jira).bulkFetch},
	{pattern: "GET /rest/api/3/issue/{issue}", scope: "READ", points: 2, handle: (*Jira).getIssue},
	{pattern: "GET /rest/api/3/issue/{issue}/properties/{key}", scope: "READ", points: 1, handle: (*Jira).getIssueProperty},
	{pattern: "PUT /rest/api/3/issue/{issue}/properties/{key}", scope: "WRITE", points: 1, write: true, handle: (*Jira).putIssueProperty},
	{pattern: "DELETE /rest/api/3/issue/{issue}/properties/{key}", scope: "DELETE", points: 1, write: true, handle: (*Jira).deleteIssueProperty},
	{pattern: "POST /rest/api/3/search/jql", scope: "READ", points: 2, handle: (*Jira).postSearch},
	{pattern: "GET /rest/api/3/search/jql", scope: "READ", points: 2, handle: (*Jira).getSearch},
	{pattern: "POST /rest/api/3/search/approximate-count", scope: "READ", points: 1, handle: (*Jira).countSearch},
	{pattern: "POST /rest/api/3/search", scope: "READ", points: 1, handle: (*Jira).oldSearch},
	{pattern: "GET /rest/api/3/search", scope: "READ", points: 1, handle: (*Jira).oldSearch},
	{pattern: "POST /rest/api/3/permissions/check", scope: "READ", points: 3, anonymous: true, handle: (*Jira).checkPermissions},
	{pattern: "GET /rest/api/3/project/search", scope: "READ", points: 2, handle: (*Jira).searchProjects},
	{pattern: "GET /rest/api/3/project/{project}", scope: "READ", points: 2, handle: (*Jira).getProject},
	{pattern: "GET /rest/api/3/project/{project}/properties/{key}", scope: "READ", points: 1, handle: (*Jira).getProjectProperty},
	{pattern: "PUT /rest/api/3/project/{project}/properties/{key}", scope: "WRITE", points: 1, handle: (*Jira).putProjectProperty},
	{pattern: "GET /rest/api/3/user/bulk", scope: "READ", points: 3, handle: (*Jira).bulkUsers},
	{pattern: "GET /rest/api/3/field", scope: "READ", points: 1, handle: (*Jira).getFields},
	{pattern: "GET /rest/api/3/serverInfo", scope: "READ", points: 1, anonymous: true, handle: (*Jira).serverInfo},
	{pattern: "POST /rest/atlassian-connect/latest/report-accounts", scope: "NONE", points: 1, handle: (*Jira).reportAccounts},
	{pattern: "GET /rest/atlassian-connect/1/addons/{app}/properties/{key}", scope: "NONE", points: 1, handle: (*Jira).getAppProperty},
	{pattern: "PUT /rest/atlassian-connect/1/addons/{app}/properties/{key}", scope: "NONE", points: 1, handle: (*Jira).putAppProperty},
	{pattern: "DELETE /rest/atlassian-connect/1/addons/{app}/properties/{key}", scope: "NONE", points: 1, handle: (*Jira).deleteAppProperty},
}

func (j *Jira) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { j.answer(w, req, &r) })
	}
	return mux
}

// maxSeen is how many calls are noted; older ones are forgotten.
const maxSeen = 100_000

// serveREST notes every call and answers it.
func (j *Jira) serveREST(w http.ResponseWriter, r *http.Request) {
	_, pattern := j.mux.Handler(r)
	if pattern == "" {
		pattern = r.Method + " " + r.URL.Path
	}
	told := &statusWriter{ResponseWriter: w}
	defer func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if len(j.seen) >= maxSeen {
			j.seen = append(j.seen[:0], j.seen[maxSeen/2:]...)
		}
		j.seen = append(j.seen, Request{pattern, r.URL.Path, r.Header.Get("Authorization") == "", told.status})
	}()
	j.mu.Lock()
	t := j.trouble(pattern)
	j.mu.Unlock()
	if !t.answer(told, r) {
		j.mux.ServeHTTP(told, r)
	}
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// maxBody is how many bytes of a request's body are read.
const maxBody = 1 << 20

func (j *Jira) answer(w http.ResponseWriter, req *http.Request, r *route) {
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	a := &ask{Request: req, body: body}
	if status, why := j.letIn(a, r); status != 0 {
		reply(w, status, problem(why))
		return
	}
	issue := ""
	if r.write {
		issue = a.PathValue("issue")
	}
	if reason, limit, until := j.limited(r.pattern, issue, r.points); reason != "" {
		j.tooMany(w, reason, limit, until, j.now())
		return
	}
	status, document := r.handle(j, a)
	reply(w, status, document)
}

func (j *Jira) letIn(a *ask, r *route) (status int, why string) {
	switch {
	case len(a.body) > maxBody:
		return http.StatusRequestEntityTooLarge, "The request is too large."
	case a.Method == http.MethodGet && len(a.body) > 0:
		return http.StatusForbidden, "A GET request has no body."
	}
	text := a.Header.Get("Authorization")
	if text == "" && r.anonymous {
		a.anonymous = true
		return 0, ""
	}
	if why := j.refuse(text, a.Request); why != "" {
		return http.StatusUnauthorized, why
	}
	if !j.app.has(r.scope) {
		return http.StatusForbidden, "The app does not have the scope " + r.scope + "."
	}
	return 0, ""
}

// refuse checks the signature of the app's own request as Jira does, and says what is wrong with it.
func (j *Jira) refuse(text string, r *http.Request) string {
	token, ok := strings.CutPrefix(text, "JWT ")
	if !ok {
		return "Client must be authenticated to access this resource."
	}
	if j.app == nil {
		return "No app is installed."
	}
	var claims jwt.MapClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return []byte(j.app.secret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(j.now), jwt.WithExpirationRequired(), jwt.WithIssuer(j.app.Key))
	if err != nil {
		return "The token is not valid: " + err.Error()
	}
	issued, err := claims.GetIssuedAt()
	expires, _ := claims.GetExpirationTime()
	if err != nil || issued == nil || expires.Sub(issued.Time) > lifetime {
		return "The token lasts longer than three minutes."
	}
	if aud, _ := claims.GetAudience(); len(aud) > 0 && !slices.Contains(aud, j.clientKey) {
		return "The token is for another site."
	}
	u := &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if claims["qsh"] != QSH(r.Method, u, j.contextPath()) {
		return "The token is for another request."
	}
	return ""
}

// contextPath is the path of the site's address.
func (j *Jira) contextPath() string {
	u, err := url.Parse(j.base)
	if err != nil {
		return ""
	}
	return u.Path
}

func (a *ask) into(v any) (int, any) {
	if err := json.Unmarshal(a.body, v); err != nil {
		return http.StatusBadRequest, problem("The request is no valid JSON.")
	}
	return 0, nil
}

var noIssue = problem("Issue does not exist or you do not have permission to see it.")

// visible finds an issue that the app may see.
func (j *Jira) visible(idOrKey string) *Issue {
	i := j.find(idOrKey)
	if i == nil || j.appHidden[i.ID] {
		return nil
	}
	return i
}

func (j *Jira) bulkFetch(a *ask) (int, any) {
	var q struct {
		IssueIDsOrKeys []string `json:"issueIdsOrKeys"`
		Fields         []string `json:"fields"`
	}
	if status, why := a.into(&q); status != 0 {
		return status, why
	}
	if len(q.IssueIDsOrKeys) == 0 || len(q.IssueIDsOrKeys) > 100 {
		return http.StatusBadRequest, problem("Between 1 and 100 issues can be fetched.")
	}
	var found []*Issue
	faults := []any{}
	for _, name := range q.IssueIDsOrKeys {
		if i := j.visible(name); i == nil {
			faults = append(faults, map[string]any{"id": name, "errorMessage": "Issue does not exist or you do not have permission to see it."})
		} else if !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *Issue) int { return int(a.ID - b.ID) })
	if q.Fields == nil {
		q.Fields = []string{"*all"}
	}
	return http.StatusOK, map[string]any{"issues": j.documents(found, q.Fields), "issueErrors": faults}
}

func (j *Jira) documents(issues []*Issue, fields []string) []any {
	all := []any{}
	for _, i := range issues {
		all = append(all, j.document(i, fields))
	}
	return all
}

// sprintID is the field of the sprint on this site.
const sprintID = "customfield_10020"

func (j *Jira) document(i *Issue, fields []string) map[string]any {
	values := map[string]any{
		"summary":     i.Summary,
		"status":      map[string]any{"name": i.Status, "statusCategory": map[string]any{"key": i.StatusCategory}},
		"issuetype":   map[string]any{"id": "10001", "name": i.Type},
		"fixVersions": []any{}, "assignee": nil, sprintID: nil,
		"updated": i.Updated.Format("2006-01-02T15:04:05.000-0700"),
	}
	if p := j.projectOf(i); p != nil {
		values["project"] = map[string]any{"id": fmt.Sprint(p.ID), "key": p.Key, "name": p.Name}
	}
	versions := []any{}
	for _, v := range i.FixVersions {
		versions = append(versions, map[string]any{"name": v})
	}
	values["fixVersions"] = versions
	if i.Assignee != "" {
		values["assignee"] = map[string]any{"accountId": i.Assignee, "displayName": j.nameOf(i.Assignee)}
	}
	if i.Sprint != "" {
		values[sprintID] = []any{
			map[string]any{"id": 1, "name": "Before " + i.Sprint, "state": "closed"},
			map[string]any{"id": 2, "name": i.Sprint, "state": "active"},
		}
	}
	if !slices.Contains(fields, "*all") && !slices.Contains(fields, "*navigable") {
		for name := range values {
			if !slices.Contains(fields, name) {
				delete(values, name)
			}
		}
	}
	doc := map[string]any{"id": fmt.Sprint(i.ID), "key": i.Key, "self": j.base + "/rest/api/3/issue/" + fmt.Sprint(i.ID)}
	if len(values) > 0 {
		doc["fields"] = values
	}
	return doc
}

func (j *Jira) nameOf(account string) string {
	if u := j.user(account); u != nil {
		return u.Name
	}
	return "Former user"
}

func (j *Jira) getIssue(a *ask) (int, any) {
	i := j.visible(a.PathValue("issue"))
	if i == nil {
		return http.StatusNotFound, noIssue
	}
	fields := []string{"*all"}
	if text := a.FormValue("fields"); text != "" {
		fields = strings.Split(text, ",")
	}
	return http.StatusOK, j.document(i, fields)
}

// maxProperty is how many characters a property may have.
const maxProperty = 32_768

func getProperty(from map[string]any, key string) (int, any) {
	v, ok := from[key]
	if !ok {
		return http.StatusNotFound, problem("The property " + key + " does not exist.")
	}
	return http.StatusOK, map[string]any{"key": key, "value": v}
}

func putProperty(to map[string]any, a *ask) (int, any) {
	key := a.PathValue("key")
	var v any
	if status, why := a.into(&v); status != 0 {
		return status, why
	}
	if len(key) > 255 || len([]rune(string(a.body))) > maxProperty {
		return http.StatusBadRequest, problem("The property is too large.")
	}
	_, there := to[key]
	to[key] = v
	if there {
		return http.StatusOK, nil
	}
	return http.StatusCreated, nil
}

func deleteProperty(from map[string]any, key string) (int, any) {
	if _, ok := from[key]; !ok {
		return http.StatusNotFound, problem("The property " + key + " does not exist.")
	}
	delete(from, key)
	return http.StatusNoContent, nil
}

func (j *Jira) getIssueProperty(a *ask) (int, any) {
	i := j.visible(a.PathValue("issue"))
	if i == nil {
		return http.StatusNotFound, noIssue
	}
	return getProperty(i.Properties, a.PathValue("key"))
}

func (j *Jira) putIssueProperty(a *ask) (int, any) {
	i := j.visible(a.PathValue("issue"))
	if i == nil {
		return http.StatusNotFound, noIssue
	}
	return putProperty(i.Properties, a)
}

func (j *Jira) deleteIssueProperty(a *ask) (int, any) {
	i := j.visible(a.PathValue("issue"))
	if i == nil {
		return http.StatusNotFound, noIssue
	}
	return deleteProperty(i.Properties, a.PathValue("key"))
}

func (j *Jira) getAppProperty(a *ask) (int, any) {
	return getProperty(j.ofApp(a), a.PathValue("key"))
}
func (j *Jira) putAppProperty(a *ask) (int, any) { return putProperty(j.ofApp(a), a) }
func (j *Jira) deleteAppProperty(a *ask) (int, any) {
	return deleteProperty(j.ofApp(a), a.PathValue("key"))
}

func (j *Jira) ofApp(a *ask) map[string]any {
	app := a.PathValue("app")
	if j.properties[app] == nil {
		j.properties[app] = map[string]any{}
	}
	return j.properties[app]
}

func (j *Jira) checkPermissions(a *ask) (int, any) {
	var q struct {
		AccountID          string   `json:"accountId"`
		GlobalPermissions  []string `json:"globalPermissions"`
		ProjectPermissions []struct {
			Permissions      []string `json:"permissions"`
			Issues, Projects []int64
		} `json:"projectPermissions"`
	}
	if status, why := a.into(&q); status != 0 {
		return status, why
	}
	if a.anonymous && q.AccountID != "" {
		return http.StatusForbidden, problem("Only administrators may ask for others.")
	}
	global := []string{}
	for _, p := range q.GlobalPermissions {
		if p == "ADMINISTER" && j.siteAdmin(q.AccountID) {
			global = append(global, p)
		}
	}
	granted := []any{}
	for _, want := range q.ProjectPermissions {
		if len(want.Issues) > 1000 || len(want.Projects) > 1000 {
			return http.StatusBadRequest, problem("At most 1000 projects and 1000 issues can be asked for.")
		}
		for _, p := range want.Permissions {
			granted = append(granted, j.grant(q.AccountID, p, want.Issues, want.Projects))
		}
	}
	return http.StatusOK, map[string]any{"globalPermissions": global, "projectPermissions": granted}
}

func (j *Jira) grant(account, permission string, issues, projects []int64) any {
	is, ps := []int64{}, []int64{}
	for _, id := range issues {
		if i := j.issues[id]; i != nil && j.mayWithIssue(account, permission, i) {
			is = append(is, id)
		}
	}
	for _, id := range projects {
		if p := j.project(strconv.FormatInt(id, 10)); p != nil && j.mayInProject(account, permission, p) {
			ps = append(ps, id)
		}
	}
	return map[string]any{"permission": permission, "issues": is, "projects": ps}
}

func (j *Jira) projectDocument(p *Project) map[string]any {
	style := "classic"
	if p.TeamManaged {
		style = "next-gen"
	}
	doc := map[string]any{"id": fmt.Sprint(p.ID), "key": p.Key, "name": p.Name, "style": style, "simplified": p.TeamManaged, "projectTypeKey": "software"}
	if p.Lead != "" {
		doc["lead"] = map[string]any{"accountId": p.Lead, "displayName": j.nameOf(p.Lead)}
	}
	return doc
}

func (j *Jira) searchProjects(a *ask) (int, any) {
	start, size := number(a.FormValue("startAt"), 0), min(number(a.FormValue("maxResults"), 50), 100)
	values := []any{}
	for n, p := range j.projects {
		if n < start || len(values) == size {
			continue
		}
		doc := j.projectDocument(p)
		if !strings.Contains(a.FormValue("expand"), "lead") {
			delete(doc, "lead")
		}
		values = append(values, doc)
	}
	return http.StatusOK, map[string]any{
		"values": values, "startAt": start, "maxResults": size, "total": len(j.projects), "isLast": start+len(values) >= len(j.projects),
	}
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

var noProject = problem("No project could be found with that key or id.")

func (j *Jira) getProject(a *ask) (int, any) {
	p := j.project(a.PathValue("project"))
	if p == nil {
		return http.StatusNotFound, noProject
	}
	return http.StatusOK, j.projectDocument(p)
}

func (j *Jira) getProjectProperty(a *ask) (int, any) {
	p := j.project(a.PathValue("project"))
	if p == nil {
		return http.StatusNotFound, noProject
	}
	return getProperty(p.Properties, a.PathValue("key"))
}

func (j *Jira) putProjectProperty(a *ask) (int, any) {
	p := j.project(a.PathValue("project"))
	if p == nil {
		return http.StatusNotFound, noProject
	}
	return putProperty(p.Properties, a)
}

func (j *Jira) bulkUsers(a *ask) (int, any) {
	accounts := a.URL.Query()["accountId"]
	if len(accounts) == 0 {
		return http.StatusBadRequest, problem("At least one accountId is needed.")
	}
	size := min(number(a.FormValue("maxResults"), 10), 200)
	values := []any{}
	for _, account := range accounts {
		if u := j.user(account); u != nil && len(values) < size {
			values = append(values, map[string]any{"accountId": u.Account, "displayName": u.Name, "active": true, "accountType": "atlassian"})
		}
	}
	return http.StatusOK, map[string]any{"values": values, "startAt": 0, "maxResults": size, "total": len(values), "isLast": true}
}

func (j *Jira) getFields(*ask) (int, any) {
	return http.StatusOK, []any{
		map[string]any{"id": "summary", "name": "Summary", "schema": map[string]any{"type": "string", "system": "summary"}},
		map[string]any{"id": sprintID, "name": "Sprint", "custom": true, "schema": map[string]any{
			"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint", "customId": 10020,
		}},
	}
}

func (j *Jira) serverInfo(*ask) (int, any) {
	return http.StatusOK, map[string]any{"baseUrl": j.base, "deploymentType": "Cloud", "serverTime": j.now().Format("2006-01-02T15:04:05.000-0700")}
}

func (j *Jira) reportAccounts(a *ask) (int, any) {
	var q struct {
		Accounts []struct {
			AccountID string `json:"accountId"`
			UpdatedAt string `json:"updatedAt"`
		}
	}
	if status, why := a.into(&q); status != 0 {
		return status, why
	}
	if len(q.Accounts) == 0 || len(q.Accounts) > 90 {
		return http.StatusBadRequest, problem("Between 1 and 90 accounts can be reported.")
	}
	told := []any{}
	for _, r := range q.Accounts {
		if status := j.closed[r.AccountID]; status != "" {
			told = append(told, map[string]any{"accountId": r.AccountID, "status": status})
		}
	}
	if len(told) == 0 {
		return http.StatusNoContent, nil
	}
	return http.StatusOK, map[string]any{"accounts": told}
}

// Routes lists the REST calls that the site answers.
func Routes() []string {
	var all []string
	for _, r := range routes {
		all = append(all, r.pattern)
	}
	return all
}
