package jiratest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Panel is a module of the app as somebody opens it. Issue or Project say where, by key or id; both may be "".
type Panel struct {
	Module  string // its key
	Account string // "" is somebody who is not signed in
	Issue   string
	Project string
}

// PanelURL is the address of a module's page, signed for one opening, as Jira puts it into a frame.
func (j *Jira) PanelURL(p Panel) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return "", errNoApp
	}
	m := j.app.module(p.Module)
	if m == nil {
		return "", fmt.Errorf("module %q: %w", p.Module, errNone)
	}
	return j.panelURL(m, p)
}

// origin is where people see the site.
func (j *Jira) origin() string { return cmp.Or(j.opt.DisplayURL, j.base) }

func (j *Jira) panelURL(m *module, p Panel) (string, error) {
	issue := j.find(p.Issue)
	project := j.project(p.Project)
	if issue != nil {
		project = j.projectOf(issue)
	}
	path := fill(m.url(), issue, project)
	host := url.Values{
		"xdm_e": {j.origin()}, "xdm_c": {"channel-" + j.app.Key + "__" + m.Key},
		"cp": {j.contextPath()}, "lic": {"none"}, "cv": {"1001.0.0-SNAPSHOT"},
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	path += join + host.Encode()
	u, err := url.Parse(path)
	if err != nil {
		return "", fmt.Errorf("address of module %s: %w", m.Key, err)
	}
	claims := j.contextClaims(p.Account, p.Issue, p.Project)
	claims["qsh"] = QSH(http.MethodGet, u, "")
	token, err := SignHS256(j.app.secret, claims)
	if err != nil {
		return "", err
	}
	return j.app.base + path + "&jwt=" + token, nil
}

// ContextToken is what AP.context.getToken gives to a module's page.
func (j *Jira) ContextToken(p Panel) (string, error) {
	return j.Sign(j.ContextClaims(p.Account, p.Issue, p.Project))
}

func (m *modules) all() []*module {
	var all []*module
	for _, list := range [][]module{
		m.JiraIssueContents, m.JiraIssueContexts, m.JiraProjectPages, m.JiraProjectAdminTabPanels, m.AdminPages, m.GeneralPages,
	} {
		for n := range list {
			all = append(all, &list[n])
		}
	}
	return all
}

func (a *app) module(key string) *module {
	for _, m := range a.Modules.all() {
		if m.Key == key {
			return m
		}
	}
	return nil
}

// condition says when a module is shown.
type condition struct {
	Condition  string
	Type       string // AND or OR, of Conditions
	Invert     bool
	Params     map[string]any
	Conditions []condition
}

// viewer is who looks at what.
type viewer struct {
	account string
	issue   *Issue
	project *Project
}

// hold reports whether all conditions do. One that is not known never holds, as its sense is not known either.
func (j *Jira) hold(all []condition, v viewer) bool {
	return !slices.ContainsFunc(all, func(c condition) bool { return !j.holds(&c, v) })
}

func (j *Jira) holds(c *condition, v viewer) bool {
	if len(c.Conditions) > 0 {
		if strings.EqualFold(c.Type, "or") {
			return slices.ContainsFunc(c.Conditions, func(o condition) bool { return j.holds(&o, v) })
		}
		return j.hold(c.Conditions, v)
	}
	is, known := false, true
	switch c.Condition {
	case "user_is_logged_in":
		is = v.account != ""
	case "user_is_admin", "user_is_sysadmin":
		is = j.siteAdmin(v.account)
	case "user_is_project_admin":
		is = v.project != nil && j.mayInProject(v.account, "ADMINISTER_PROJECTS", v.project)
	case "has_project_permission":
		is = v.project != nil && j.mayInProject(v.account, fmt.Sprint(c.Params["permission"]), v.project)
	case "has_issue_permission":
		is = v.issue != nil && j.mayWithIssue(v.account, fmt.Sprint(c.Params["permission"]), v.issue)
	case "entity_property_exists":
		_, is = j.entityProperties(c, v)[fmt.Sprint(c.Params["propertyKey"])]
	case "entity_property_equal_to":
		value := j.entityProperties(c, v)[fmt.Sprint(c.Params["propertyKey"])]
		if path, ok := c.Params["objectName"].(string); ok && path != "" {
			value = valueAt(value, path)
		}
		is = value != nil && equalJSON(value, c.Params["value"])
	default:
		known = false
	}
	return known && is != c.Invert
}

func (j *Jira) entityProperties(c *condition, v viewer) map[string]any {
	switch entity := c.Params["entity"]; {
	case entity == "issue" && v.issue != nil:
		return v.issue.Properties
	case entity == "project" && v.project != nil:
		return v.project.Properties
	case entity == "addon":
		return j.properties[j.app.Key]
	}
	return nil
}

// equalJSON compares a value with one that a descriptor gives, as JSON or as JSON in a text.
func equalJSON(have, want any) bool {
	if reflect.DeepEqual(have, want) {
		return true
	}
	text, ok := want.(string)
	var plain any
	return ok && json.Unmarshal([]byte(text), &plain) == nil && reflect.DeepEqual(have, plain)
}
