package jiratest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Trouble is something that goes wrong with REST calls.
type Trouble struct {
	Route  string        // those whose route starts with it; "" is all
	Times  int           // how often; 0 is until Heal
	Status int           // answered instead; 0 is none
	Down   bool          // the connection breaks
	Hang   bool          // no answer until the caller gives up
	Slow   time.Duration // the usual answer, this much later
	Header http.Header
	Body   string // answered instead of Jira's JSON
}

// Break makes REST calls go wrong.
func (j *Jira) Break(t Trouble) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.troubles = append(j.troubles, &t)
}

// Heal ends all troubles.
func (j *Jira) Heal() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.troubles = nil
}

// trouble returns the first that holds for a route, and uses it up by one.
func (j *Jira) trouble(route string) *Trouble {
	for n, t := range j.troubles {
		if !strings.HasPrefix(route, t.Route) {
			continue
		}
		got := *t
		if t.Times > 0 {
			if t.Times--; t.Times == 0 {
				j.troubles = append(j.troubles[:n:n], j.troubles[n+1:]...)
			}
		}
		return &got
	}
	return nil
}

// answer goes wrong; false where nothing does.
func (t *Trouble) answer(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case t == nil:
		return false
	case t.Down:
		panic(http.ErrAbortHandler)
	case t.Hang:
		<-r.Context().Done()
		return true
	}
	if t.Slow > 0 {
		timer := time.NewTimer(t.Slow)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
			return true
		case <-timer.C:
			return false
		}
	}
	for name, values := range t.Header {
		w.Header()[name] = values
	}
	if t.Body != "" {
		w.WriteHeader(t.Status)
		_, _ = w.Write([]byte(t.Body))
		return true
	}
	reply(w, t.Status, problem(http.StatusText(t.Status)))
	return true
}

// Limits are what an app may ask for; 0 is no limit.
type Limits struct {
	Burst  map[string]int // requests per second to one route, by method
	Issue  []Window       // writes of one issue
	Points int            // per hour
}

// Window allows Max in a time.
type Window struct {
	Max int
	Per time.Duration
}

// CloudLimits are those of Jira Cloud.
func CloudLimits() Limits {
	return Limits{
		Burst:  map[string]int{http.MethodGet: 100, http.MethodPost: 100, http.MethodPut: 50, http.MethodDelete: 50},
		Issue:  []Window{{20, 2 * time.Second}, {100, 30 * time.Second}},
		Points: 65_000,
	}
}

// SetLimits changes the limits and forgets what was spent.
func (j *Jira) SetLimits(l Limits) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.opt.Limits, j.spent = l, spending{}
}

// spending counts in fixed windows.
type spending map[counter]int

type counter struct {
	what   string
	window int64
}

// limited spends one request; where a limit is reached it says which, and when it is over.
func (j *Jira) limited(route, issue string, points int) (reason string, limit int, until time.Time) {
	now, l := j.now(), j.opt.Limits
	method, _, _ := strings.Cut(route, " ")
	type rule struct {
		what, reason string
		Window
		cost int
	}
	var rules []rule
	if n := l.Burst[method]; n > 0 {
		rules = append(rules, rule{route, "jira-burst-based", Window{n, time.Second}, 1})
	}
	if issue != "" {
		for _, w := range l.Issue {
			rules = append(rules, rule{"issue " + issue + " " + w.Per.String(), "jira-per-issue-on-write", w, 1})
		}
	}
	if l.Points > 0 {
		rules = append(rules, rule{"points", "jira-quota-tenant-based", Window{l.Points, time.Hour}, points})
	}
	if j.spent == nil || len(j.spent) > 10_000 {
		j.spent = spending{}
	}
	for _, r := range rules {
		start := now.Truncate(r.Per)
		c := counter{r.what, start.UnixNano()}
		if j.spent[c]+r.cost > r.Max {
			return r.reason, r.Max, start.Add(r.Per)
		}
		j.spent[c] += r.cost
	}
	return "", 0, time.Time{}
}

func (j *Jira) tooMany(w http.ResponseWriter, reason string, limit int, until, now time.Time) {
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(until.Sub(now).Seconds()))))
	h.Set("X-RateLimit-Reset", until.UTC().Format(time.RFC3339))
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", "0")
	h.Set("RateLimit-Reason", reason)
	reply(w, http.StatusTooManyRequests, problem("Rate limit exceeded."))
}

func problem(text string) map[string]any {
	return map[string]any{"errorMessages": []string{text}, "errors": map[string]any{}}
}

func reply(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
