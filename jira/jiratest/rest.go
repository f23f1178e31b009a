package jiratest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
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
	{
		pattern: "DELETE /rest/api/3/issue/{issue}/properties/{key}",
		scope:   "DELETE",
		points:  1,
		write:   true,
		handle:  (*Jira).deleteIssueProperty,
	},
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

// Routes lists the REST calls that the site answers.
func Routes() []string {
	var all []string
	for _, r := range routes {
		all = append(all, r.pattern)
	}
	return all
}
