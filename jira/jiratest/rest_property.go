package jiratest

import (
	"net/http"
)

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
