package jiratest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

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
	doc := map[string]any{
		"id":             fmt.Sprint(p.ID),
		"key":            p.Key,
		"name":           p.Name,
		"style":          style,
		"simplified":     p.TeamManaged,
		"projectTypeKey": "software",
	}
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

func (j *Jira) serverInfo(*ask) (int, any) {
	return http.StatusOK, map[string]any{
		"baseUrl":        j.base,
		"deploymentType": "Cloud",
		"serverTime":     j.now().Format("2006-01-02T15:04:05.000-0700"),
	}
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
