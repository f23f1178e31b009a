package connect

import "github.com/behavepro/behavepro/jira"

// linkedField is the field of an issue's property that says whether to show the panel.
const linkedField = "linked"

// Fields of an issue's property that Jira indexes, so that JQL finds issues by them: behavepro.failed > 0.
var (
	numberFields = []string{"scenarios", "passed", "failed", "skipped", "notRun", "stale"}
	textFields   = []string{"status"}
	dateFields   = []string{"lastResult"}
)

// descriptor is what a Jira site reads when it installs the app. Addresses of modules are relative to baseUrl.
type descriptor struct {
	Key            string              `json:"key"`
	Name           string              `json:"name"`
	Description    string              `json:"description"`
	Vendor         vendor              `json:"vendor"`
	Links          map[string]string   `json:"links"`
	BaseURL        string              `json:"baseUrl"`
	RegionBaseURLs map[string]string   `json:"regionBaseUrls,omitempty"`
	APIVersion     int                 `json:"apiVersion"`
	Authentication map[string]string   `json:"authentication"`
	APIMigrations  map[string]bool     `json:"apiMigrations"`
	Scopes         []string            `json:"scopes"`
	Lifecycle      map[string]string   `json:"lifecycle"`
	Modules        map[string][]module `json:"modules"`
}

type vendor struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// module is one module's fields, as its kind has them.
type module map[string]any

type text struct {
	Value string `json:"value"`
}

// condition is when Jira shows something.
type condition struct {
	Condition string         `json:"condition"`
	Params    map[string]any `json:"params,omitempty"`
}

func linkedIssue() condition {
	return condition{"entity_property_equal_to", map[string]any{
		"entity": "issue", "propertyKey": jira.PropertyKey, "objectName": linkedField, "value": "true",
	}}
}

func projectPermission(name string) condition {
	return condition{"has_project_permission", map[string]any{"permission": name}}
}

func (a *App) descriptor() descriptor {
	d := descriptor{
		Key: a.opt.Key, Name: a.opt.Name,
		Description:    "Gherkin scenarios from Git, with their test results, in the issues that they belong to.",
		Vendor:         vendor{a.opt.Vendor, a.opt.VendorURL},
		Links:          map[string]string{"self": a.opt.PublicURL + pathDescriptor, "homepage": a.opt.VendorURL},
		BaseURL:        a.BaseURL(),
		APIVersion:     1,
		Authentication: map[string]string{"type": "jwt"},
		APIMigrations:  map[string]bool{"signed-install": true, "context-qsh": true, "gdpr": true},
		Scopes:         []string{"READ", "WRITE"},
		Lifecycle: map[string]string{
			"installed": pathInstalled, "uninstalled": pathUninstalled, "enabled": pathEnabled, "disabled": pathDisabled,
		},
		Modules: modules(a.opt.Name),
	}
	if len(a.opt.Regional) > 0 {
		d.RegionBaseURLs = map[string]string{}
		for realm, address := range a.opt.Regional {
			d.RegionBaseURLs[realm] = address + a.opt.Path
		}
	}
	return d
}

func modules(name string) map[string][]module {
	icon := map[string]any{"width": 24, "height": 24, "url": pathIcon}
	panel := func(m Module) map[string]string { return map[string]string{"type": "web_panel", "url": m.path()} }
	return map[string][]module{
		"jiraIssueContents": {{
			"key": ScenariosModule, "name": text{"Scenarios"}, "tooltip": text{"Show the scenarios of this issue"}, "icon": icon,
			"target": panel(ScenariosModule), "contentPresentConditions": []condition{linkedIssue()}, "jiraNativeAppsEnabled": false,
		}},
		"jiraIssueContexts": {{
			"key": StatusModule, "name": text{name}, "icon": icon, "content": map[string]any{"type": "label", "label": text{"Scenarios"}},
			"target": panel(StatusModule), "conditions": []condition{linkedIssue()}, "jiraNativeAppsEnabled": false,
		}},
		"jiraProjectPages": {{
			"key": DocumentationModule, "name": text{"Living documentation"}, "url": DocumentationModule.path(), "iconUrl": pathIcon, "weight": 100,
			"conditions": []condition{projectPermission("BROWSE_PROJECTS")},
		}},
		"jiraProjectAdminTabPanels": {{
			"key": SettingsModule, "name": text{name}, "url": SettingsModule.path(), "location": "projectgroup4", "weight": 100,
			"conditions": []condition{{Condition: "user_is_logged_in"}, projectPermission("ADMINISTER_PROJECTS")},
		}},
		"adminPages": {{
			"key": SiteModule, "name": text{name}, "url": SiteModule.path(), "weight": 100,
			"conditions": []condition{{Condition: "user_is_admin"}},
		}},
		"jiraEntityProperties": {{
			"key": "issue-results", "name": text{name}, "entityType": "issue",
			"keyConfigurations": []any{map[string]any{"propertyKey": jira.PropertyKey, "extractions": extractions()}},
		}},
		"webhooks": {
			{"event": "jira:issue_updated", "url": pathWebhook},
			{"event": "jira:issue_deleted", "url": pathWebhook},
			{"event": "project_deleted", "url": pathWebhook},
		},
	}
}

func extractions() []any {
	var all []any
	add := func(kind string, fields []string) {
		for _, field := range fields {
			all = append(all, map[string]string{"objectName": field, "type": kind, "alias": jira.PropertyKey + "." + field})
		}
	}
	add("number", numberFields)
	add("string", textFields)
	add("date", dateFields)
	return all
}

// StatusProperty is the key of the issue property that the status badge is read from.
func (a *App) StatusProperty() string {
	return "com.atlassian.jira.issue:" + a.opt.Key + ":" + string(StatusModule) + ":status"
}
