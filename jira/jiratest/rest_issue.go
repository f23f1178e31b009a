package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

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

func (j *Jira) getFields(*ask) (int, any) {
	return http.StatusOK, []any{
		map[string]any{"id": "summary", "name": "Summary", "schema": map[string]any{"type": "string", "system": "summary"}},
		map[string]any{"id": sprintID, "name": "Sprint", "custom": true, "schema": map[string]any{
			"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint", "customId": 10020,
		}},
	}
}
