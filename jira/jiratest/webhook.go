package jiratest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Fire sends the app its webhooks of an event, such as jira:issue_updated or project_deleted, about an issue or a project as it
// is now.
func (j *Jira) Fire(ctx context.Context, event, issueOrProject string) error {
	send, err := j.Prepare(event, issueOrProject)
	if err != nil {
		return err
	}
	return send(ctx)
}

// delivery is one webhook call.
type delivery struct {
	to, token string
	body      map[string]any
}

// Prepare is Fire in two steps, so that a deletion can lie between them.
func (j *Jira) Prepare(event, issueOrProject string) (send func(context.Context) error, err error) {
	all, err := j.deliveries(event, issueOrProject)
	if err != nil {
		return nil, fmt.Errorf("fire %s for %s: %w", event, issueOrProject, err)
	}
	return func(ctx context.Context) error {
		for _, d := range all {
			header := http.Header{"X-Atlassian-Webhook-Identifier": {newID()}, "X-Atlassian-Webhook-Flow": {"Primary"}}
			status, told, err := j.post(ctx, d.to, d.token, d.body, header)
			if err != nil {
				return fmt.Errorf("fire %s: %w", event, err)
			}
			if status != http.StatusOK && status != http.StatusNoContent && status != http.StatusAccepted {
				return fmt.Errorf("fire %s: answered with %d: %s", event, status, told)
			}
		}
		return nil
	}, nil
}

func (j *Jira) deliveries(event, issueOrProject string) ([]delivery, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return nil, errNoApp
	}
	body := map[string]any{"timestamp": j.now().UnixMilli(), "webhookEvent": event}
	issue, project := j.find(issueOrProject), j.project(issueOrProject)
	switch {
	case project != nil:
		issue = nil
		body["project"] = j.projectDocument(project)
	case issue != nil:
		body["issue"] = j.document(issue, []string{"*all"})
		project = j.projectOf(issue)
	default:
		return nil, errNone
	}
	var all []delivery
	for _, hook := range j.app.Modules.Webhooks {
		if hook.Event != event || !j.passes(hook.Filter, issue) {
			continue
		}
		to := fill(hook.URL, issue, project)
		u, err := url.Parse(to)
		if err != nil {
			return nil, err
		}
		claims := j.claims()
		claims["qsh"] = QSH(http.MethodPost, u, "")
		token, err := SignHS256(j.app.secret, claims)
		if err != nil {
			return nil, err
		}
		all = append(all, delivery{j.app.base + to, token, body})
	}
	return all, nil
}

func (j *Jira) passes(filter string, i *Issue) bool {
	if filter == "" || i == nil {
		return true
	}
	match, err := parseJQL(filter)
	return err == nil && match(j, i)
}

// fill puts an issue and a project into the placeholders of a module's address.
func fill(address string, i *Issue, p *Project) string {
	values := map[string]string{}
	if i != nil {
		values["issue.key"], values["issue.id"] = i.Key, fmt.Sprint(i.ID)
	}
	if p != nil {
		values["project.key"], values["project.id"] = p.Key, fmt.Sprint(p.ID)
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(address, "{")
		out.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			break
		}
		out.WriteString(url.QueryEscape(values[name]))
		address = after
	}
	return out.String()
}
