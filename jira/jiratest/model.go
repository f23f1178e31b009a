package jiratest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Who may do something in a project, besides accountIds.
const (
	Everybody = "*"         // who is signed in
	Anonymous = "anonymous" // everybody, signed in or not
)

// User is a person of the site.
type User struct {
	Account   string // accountId
	Name      string
	SiteAdmin bool
}

// Project is a project of the site. The lists hold accountIds, Everybody or Anonymous; site admins may do everything.
type Project struct {
	ID          int64 // given by AddProject
	Key         string
	Name        string
	Lead        string // accountId
	TeamManaged bool
	Browse      []string
	Edit        []string
	Administer  []string
	Properties  map[string]any
	next        int // number of its next issue
}

// Issue is an issue of the site.
type Issue struct {
	ID             int64  // given by AddIssue
	Key            string // given by AddIssue unless it is set
	Summary        string
	Description    string
	Type           string
	Status         string
	StatusCategory string // new, indeterminate or done
	Sprint         string // its active one
	FixVersions    []string
	Assignee       string // accountId
	Security       string // a level of SecurityLevel; "" is open to all who may browse
	Updated        time.Time
	Properties     map[string]any
}

// errNone is the cause of an unknown project or issue.
var errNone = errors.New("there is none")

// AddUser adds a person, or replaces one with the same account.
func (j *Jira) AddUser(u User) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.users = slices.DeleteFunc(j.users, func(o *User) bool { return o.Account == u.Account })
	j.users = append(j.users, &u)
}

// Users lists the people of the site.
func (j *Jira) Users() []User {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []User
	for _, u := range j.users {
		all = append(all, *u)
	}
	return all
}

// CloseAccount makes the site say of an account, when it is reported as stored, that it is "closed" or "updated".
func (j *Jira) CloseAccount(account, status string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed[account] = status
}

// AddProject adds a project and returns its id. Where nobody is named, Everybody may browse and edit, and the lead administers.
func (j *Jira) AddProject(p Project) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.nextID++
	p.ID = j.nextID
	p.Name = cmp.Or(p.Name, p.Key)
	if p.Browse == nil {
		p.Browse = []string{Everybody}
	}
	if p.Edit == nil {
		p.Edit = []string{Everybody}
	}
	if p.Administer == nil && p.Lead != "" {
		p.Administer = []string{p.Lead}
	}
	if p.Properties == nil {
		p.Properties = map[string]any{}
	}
	j.projects = append(j.projects, &p)
	return p.ID
}

// EditProject changes a project.
func (j *Jira) EditProject(key string, edit func(*Project)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.project(key)
	if p == nil {
		return fmt.Errorf("project %s: %w", key, errNone)
	}
	edit(p)
	return nil
}

// DeleteProject deletes a project with its issues.
func (j *Jira) DeleteProject(key string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.project(key)
	if p == nil {
		return fmt.Errorf("project %s: %w", key, errNone)
	}
	j.projects = slices.DeleteFunc(j.projects, func(o *Project) bool { return o == p })
	maps.DeleteFunc(j.issues, func(_ int64, i *Issue) bool { return projectKey(i.Key) == p.Key })
	maps.DeleteFunc(j.oldKeys, func(_ string, id int64) bool { return j.issues[id] == nil })
	return nil
}

// SecurityLevel says who sees the issues of a level.
func (j *Jira) SecurityLevel(name string, accounts ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.levels[name] = accounts
}

// AddIssue adds an issue to the project of its Key, or of a Key without a number ("SHOP"), and returns its id and key.
func (j *Jira) AddIssue(i Issue) (int64, string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := j.project(projectKey(i.Key))
	if p == nil {
		return 0, "", fmt.Errorf("add issue %s: its project: %w", i.Key, errNone)
	}
	if !strings.Contains(i.Key, "-") {
		i.Key = j.freeKey(p)
	}
	if j.byKey(i.Key) != nil {
		return 0, "", fmt.Errorf("add issue %s: it is there already", i.Key)
	}
	delete(j.oldKeys, i.Key)
	j.nextID++
	i.ID = j.nextID
	i.Type = cmp.Or(i.Type, "Story")
	i.Status = cmp.Or(i.Status, "To Do")
	i.StatusCategory = cmp.Or(i.StatusCategory, "new")
	i.Updated = j.now()
	i.Properties = map[string]any{}
	j.issues[i.ID] = &i
	return i.ID, i.Key, nil
}

func (j *Jira) freeKey(p *Project) string {
	for {
		p.next++
		key := p.Key + "-" + strconv.Itoa(p.next)
		if _, old := j.oldKeys[key]; !old && j.byKey(key) == nil {
			return key
		}
	}
}

// EditIssue changes an issue, but not its id and key.
func (j *Jira) EditIssue(key string, edit func(*Issue)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.find(key)
	if i == nil {
		return fmt.Errorf("issue %s: %w", key, errNone)
	}
	id, was := i.ID, i.Key
	edit(i)
	i.ID, i.Key, i.Updated = id, was, j.now()
	return nil
}

// Issue returns a copy of an issue, by key or id.
func (j *Jira) Issue(key string) (Issue, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.find(key)
	if i == nil {
		return Issue{}, fmt.Errorf("issue %s: %w", key, errNone)
	}
	out := *i
	out.Properties = maps.Clone(i.Properties)
	return out, nil
}

// MoveIssue moves an issue to another project and returns its new key. The old one leads to it.
func (j *Jira) MoveIssue(key, project string) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, p := j.find(key), j.project(project)
	if i == nil || p == nil {
		return "", fmt.Errorf("move issue %s to %s: %w", key, project, errNone)
	}
	j.oldKeys[i.Key] = i.ID
	i.Key, i.Updated = j.freeKey(p), j.now()
	delete(j.oldKeys, i.Key)
	return i.Key, nil
}

// DeleteIssue deletes an issue. Its key may be used again by AddIssue.
func (j *Jira) DeleteIssue(key string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.find(key)
	if i == nil {
		return fmt.Errorf("delete issue %s: %w", key, errNone)
	}
	delete(j.issues, i.ID)
	maps.DeleteFunc(j.oldKeys, func(_ string, id int64) bool { return id == i.ID })
	return nil
}

// HideFromApp hides an issue from the app itself, as issue security does where nobody let it in.
func (j *Jira) HideFromApp(key string, hidden bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.find(key)
	if i == nil {
		return fmt.Errorf("hide issue %s: %w", key, errNone)
	}
	j.appHidden[i.ID] = hidden
	return nil
}

func projectKey(issue string) string { key, _, _ := strings.Cut(issue, "-"); return key }

func (j *Jira) project(idOrKey string) *Project {
	for _, p := range j.projects {
		if p.Key == idOrKey || strconv.FormatInt(p.ID, 10) == idOrKey {
			return p
		}
	}
	return nil
}

func (j *Jira) projectOf(i *Issue) *Project { return j.project(projectKey(i.Key)) }

func (j *Jira) byKey(key string) *Issue {
	for _, i := range j.issues {
		if i.Key == key {
			return i
		}
	}
	return nil
}

// find returns the issue of an id, a key or a former key.
func (j *Jira) find(idOrKey string) *Issue {
	if id, err := strconv.ParseInt(idOrKey, 10, 64); err == nil {
		return j.issues[id]
	}
	key := strings.ToUpper(idOrKey)
	if i := j.byKey(key); i != nil {
		return i
	}
	return j.issues[j.oldKeys[key]]
}

func (j *Jira) sorted() []*Issue {
	return slices.SortedFunc(maps.Values(j.issues), func(a, b *Issue) int { return cmp.Compare(a.ID, b.ID) })
}

func (j *Jira) user(account string) *User {
	for _, u := range j.users {
		if u.Account == account {
			return u
		}
	}
	return nil
}

func (j *Jira) siteAdmin(account string) bool { u := j.user(account); return u != nil && u.SiteAdmin }

// listed reports whether a list lets an account in; "" is somebody who is not signed in.
func (j *Jira) listed(list []string, account string) bool {
	switch {
	case slices.Contains(list, Anonymous):
		return true
	case j.user(account) == nil:
		return false
	}
	return j.siteAdmin(account) || slices.Contains(list, Everybody) || slices.Contains(list, account)
}

func (j *Jira) mayInProject(account, permission string, p *Project) bool {
	switch permission {
	case "BROWSE_PROJECTS":
		return j.listed(p.Browse, account)
	case "EDIT_ISSUES":
		return j.listed(p.Edit, account) && j.listed(p.Browse, account)
	case "ADMINISTER_PROJECTS":
		return j.listed(p.Administer, account) && account != ""
	}
	return false
}

// May reports whether an account has a permission for an issue, by id or key.
func (j *Jira) May(account, permission, issue string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := j.find(issue)
	return i != nil && j.mayWithIssue(account, permission, i)
}

// mayWithIssue heeds the issue's security level, which holds for site admins too.
func (j *Jira) mayWithIssue(account, permission string, i *Issue) bool {
	if i.Security != "" && !slices.Contains(j.levels[i.Security], account) {
		return false
	}
	p := j.projectOf(i)
	return p != nil && j.mayInProject(account, permission, p)
}
