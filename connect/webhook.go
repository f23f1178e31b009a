package connect

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
)

// Change is what happened to something in Jira, as far as one believes a hint.
type Change string

// The changes.
const (
	IssueUpdated   Change = "issue updated"
	IssueDeleted   Change = "issue deleted"
	ProjectDeleted Change = "project deleted"
)

// webhookEvents are Jira's names of the changes.
var webhookEvents = map[string]Change{
	"jira:issue_updated": IssueUpdated,
	"jira:issue_deleted": IssueDeleted,
	"project_deleted":    ProjectDeleted,
}

// Hint says where something may have changed. The site's secret vouches for who says so, not for what is said: its body is not
// signed. An id of 0 is not said.
type Hint struct {
	Change     Change
	IssueID    int64
	IssueKey   behavepro.IssueKey
	ProjectID  int64
	ProjectKey behavepro.ProjectKey
}

type webhookBody struct {
	Event string `json:"webhookEvent"`
	Issue struct {
		ID     id     `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Project thing `json:"project"`
		} `json:"fields"`
	} `json:"issue"`
	Project thing `json:"project"`
}

// readHint reads a webhook's body; ok is false for an event that is not asked for.
func readHint(body []byte) (h Hint, ok bool, err error) {
	var b webhookBody
	if err := json.Unmarshal(body, &b); err != nil {
		return h, false, refuse(MalformedBody, "%v", err)
	}
	h.Change, ok = webhookEvents[b.Event]
	if !ok {
		return Hint{}, false, nil
	}
	project := b.Issue.Fields.Project
	if h.Change == ProjectDeleted {
		project = b.Project
	} else {
		h.IssueID = int64(b.Issue.ID)
		h.IssueKey, _ = behavepro.ParseIssueKey(b.Issue.Key) // what is not a key is left out
	}
	h.ProjectID = int64(project.ID)
	h.ProjectKey, _ = behavepro.ParseProjectKey(project.Key)
	if h.IssueID == 0 && (h.Change != ProjectDeleted || h.ProjectID == 0) {
		return Hint{}, false, refuse(MalformedBody, "%s without an id", h.Change)
	}
	return h, true, nil
}

// webhook takes a hint. One that was taken before is not passed on again; one whose handling fails may come again.
func (a *App) webhook(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	i, _, err := a.symmetric(r, URLBound)
	if err != nil {
		return err
	}
	h, ok, err := readHint(body)
	if err != nil {
		return err
	}
	if ok && i.State == Approved {
		if err := a.pass(r, &i, h); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *App) pass(r *http.Request, i *Install, h Hint) error {
	name := r.Header.Get("X-Atlassian-Webhook-Identifier")
	if name == "" {
		return a.opt.OnHint(r.Context(), *i, h)
	}
	// One identifier stands for one delivery; several hooks of one change carry their own.
	key := strconv.Quote(i.ClientKey) + strconv.Quote(clip(name, 200)) + string(h.Change)
	if !a.seen.first(key, a.opt.Now()) {
		return nil
	}
	err := a.opt.OnHint(r.Context(), *i, h)
	if err != nil {
		a.seen.forget(key)
	}
	return err
}

const (
	seenFor  = 24 * time.Hour
	seenMost = 20_000
)

// seen remembers deliveries, the last ones. Forgetting one costs a question to Jira, no more.
type seen struct {
	mu    sync.Mutex
	at    map[string]time.Time
	order []string
}

func newSeen() *seen { return &seen{at: map[string]time.Time{}} }

// first reports whether key is new, and remembers it.
func (s *seen) first(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[key]; ok && now.Sub(at) < seenFor {
		return false
	}
	if len(s.order) >= seenMost {
		for _, old := range s.order[:seenMost/2] {
			delete(s.at, old)
		}
		s.order = append([]string(nil), s.order[seenMost/2:]...)
	}
	if _, ok := s.at[key]; !ok {
		s.order = append(s.order, key)
	}
	s.at[key] = now
	return true
}

func (s *seen) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, key)
}
