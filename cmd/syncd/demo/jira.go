package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/syncd/sample"
	"github.com/behavepro/behavepro/jira"
	"github.com/behavepro/behavepro/jira/jiratest"
	"github.com/behavepro/behavepro/server"
)

// demoIssues are the stories of the sample as Jira tells them.
var demoIssues = []jiratest.Issue{
	{Key: "SHOP-1", Summary: "Fill a cart", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.0"}, Assignee: "acc-dev"},
	{Key: "SHOP-2", Summary: "Pay by card or invoice", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.0"}},
	{
		Key:            "SHOP-3",
		Summary:        "Pay with a voucher",
		Status:         "In Progress",
		StatusCategory: "indeterminate",
		Sprint:         "Sprint 14",
		FixVersions:    []string{"1.4"},
	},
	{
		Key:            "SHOP-4",
		Summary:        "Say what shipping costs before the order is placed",
		Status:         "Done",
		StatusCategory: "done",
		FixVersions:    []string{"1.1"},
	},
	{Key: "SHOP-5", Summary: "Sign in", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.1"}, Assignee: "acc-dev"},
	{Key: "SHOP-6", Summary: "Keep several addresses", Status: "To Do", Sprint: "Sprint 15"},
	{
		Key:            "SHOP-7",
		Summary:        "Find articles",
		Status:         "In Review",
		StatusCategory: "indeterminate",
		Sprint:         "Sprint 14",
		FixVersions:    []string{"1.4"},
	},
	{Key: "SHOP-8", Summary: "Send something back", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.2"}},
	{Key: "SHOP-9", Summary: "Give the money back", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.2"}, Security: "Finance"},
	{
		Key:            "SHOP-10",
		Summary:        "Rechnungen",
		Status:         "In Progress",
		StatusCategory: "indeterminate",
		Sprint:         "Sprint 14",
		FixVersions:    []string{"1.4"},
	},
	{Key: "SHOP-11", Summary: "Pay with points", Status: "Done", StatusCategory: "done", FixVersions: []string{"1.3"}},
	{
		Key: "SHOP-12", Summary: "Earn points", Status: "In Progress", StatusCategory: "indeterminate", Sprint: "Sprint 14",
		FixVersions: []string{"1.4"},
		Assignee:    "acc-dev", Description: "Members get points for what they buy, and lose them with what they send back.",
	},
	{Key: "SHOP-13", Summary: "Buy gift cards", Status: "To Do"},
}

// startJira starts a pretended Jira with the sample's issues, and allows the server to speak with it.
func (d *Demo) startJira(c *server.Config) error {
	j := jiratest.New(jiratest.Options{})
	if err := j.Listen("127.0.0.1:0"); err != nil {
		return fmt.Errorf("start the pretended Jira: %w", err)
	}
	d.jira = j
	team := []string{"acc-admin", "acc-dev", "acc-reader"}
	j.AddProject(jiratest.Project{Key: string(sample.Project), Name: "Webstore", Lead: "acc-dev", Browse: team, Edit: team[:2]})
	j.SecurityLevel("Finance", team[:2]...)
	for _, issue := range demoIssues {
		if _, _, err := j.AddIssue(issue); err != nil {
			return fmt.Errorf("fill the pretended Jira: %w", err)
		}
	}
	c.MockJiras = append(c.MockJiras, j.BaseURL())
	return nil
}

// showInJira installs the app and lets the site show what the server holds. It returns where an issue is.
func (d *Demo) showInJira(ctx context.Context, issue behavepro.IssueKey) (string, error) {
	if err := d.jira.Install(ctx, d.server.URL()); err != nil {
		return "", fmt.Errorf("install the app into the pretended Jira: %w", err)
	}
	_, host, _ := strings.Cut(d.jira.BaseURL(), "://")
	if _, err := d.client.ApproveTenant(ctx, host, client.ApproveTenant{Local: true}); err != nil {
		return "", fmt.Errorf("approve the pretended Jira: %w", err)
	}
	return d.jira.BaseURL() + "/browse/" + string(issue), d.published(ctx, issue)
}

// propertyTime is how long an issue's property may take; without it Jira shows a button instead of the panel.
const propertyTime = 20 * time.Second

// published waits until Jira has been told of an issue's results.
func (d *Demo) published(ctx context.Context, key behavepro.IssueKey) error {
	ctx, cancel := context.WithTimeout(ctx, propertyTime)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		issue, err := d.jira.Issue(string(key))
		if err != nil || issue.Properties[jira.PropertyKey] != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			d.Note("the pretended Jira was not told of the results of %s: it shows a button where the panel would be", key)
			return nil
		}
	}
}
