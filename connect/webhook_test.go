package connect

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/google/go-cmp/cmp"
)

const issueUpdated = `{"timestamp":1,"webhookEvent":"jira:issue_updated","user":{"accountId":"acc-dev"},
 "issue":{"id":"10012","key":"SHOP-12","fields":{"summary":"x","project":{"id":"10000","key":"SHOP"}}},"changelog":{"items":[{"field":"status"}]}}`

func (w *world) hook(t testing.TB, identifier, body string) int {
	t.Helper()
	r := httptest.NewRequest("POST", "/connect/webhooks", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "JWT "+signHS(t, secret, with(w.siteClaims(t, "POST", "/connect/webhooks"), claims{"sub": nil, "context": nil})))
	if identifier != "" {
		r.Header.Set("X-Atlassian-Webhook-Identifier", identifier)
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	return rec.Code
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	for _, body := range []string{
		issueUpdated,
		`{"webhookEvent":"jira:issue_deleted","issue":{"id":10013,"key":"SHOP-13"}}`,
		`{"webhookEvent":"project_deleted","project":{"id":10000,"key":"SHOP","name":"Shop"}}`,
		`{"webhookEvent":"comment_created","issue":{"id":"1"}}`,
	} {
		if status := w.hook(t, "", body); status != http.StatusNoContent {
			t.Errorf("status %d for %s", status, body)
		}
	}
	want := []Hint{
		{Change: IssueUpdated, IssueID: 10012, IssueKey: "SHOP-12", ProjectID: 10000, ProjectKey: "SHOP"},
		{Change: IssueDeleted, IssueID: 10013, IssueKey: "SHOP-13"},
		{Change: ProjectDeleted, ProjectID: 10000, ProjectKey: "SHOP"},
	}
	if diff := cmp.Diff(want, w.hints); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	for name, body := range map[string]string{
		"no JSON": "x", "empty": "", "no id": `{"webhookEvent":"jira:issue_updated","issue":{"key":"SHOP-1"}}`,
		"id of another form": `{"webhookEvent":"jira:issue_updated","issue":{"id":"7 or 1=1"}}`, "a project without id": `{"webhookEvent":"project_deleted"}`,
		"too large": `{"webhookEvent":"jira:issue_updated","x":"` + strings.Repeat("x", maxBody) + `"}`,
	} {
		if status := w.hook(t, "", body); status != http.StatusUnauthorized || w.lastCode() != MalformedBody {
			t.Errorf("%s: status %d, code %s", name, status, w.lastCode())
		}
	}
	for name, test := range map[string]struct {
		token string
		want  Code
	}{
		"no token":               {"", MissingJWT},
		"for another address":    {signHS(t, secret, w.siteClaims(t, "POST", "/connect/enabled")), InvalidQSH},
		"a context token":        {signHS(t, secret, with(w.siteClaims(t, "POST", "/x"), claims{"qsh": contextQSH})), InvalidQSH},
		"an own token":           {w.ownToken(t, ScenariosModule, nil), InvalidSignature},
		"another secret":         {signHS(t, "another secret", w.siteClaims(t, "POST", "/connect/webhooks")), InvalidSignature},
		"signed as installs are": {signRS(t, pair(), kid, w.siteClaims(t, "POST", "/connect/webhooks")), WrongAlgorithm},
		"from an unknown site":   {signHS(t, secret, with(w.siteClaims(t, "POST", "/connect/webhooks"), claims{"iss": "x"})), UnknownIssuer},
		"expired":                {signHS(t, secret, with(w.siteClaims(t, "POST", "/connect/webhooks"), claims{"exp": start.Add(-time.Hour).Unix()})), TokenExpired},
	} {
		if status, _ := w.send(t, "POST", "/connect/webhooks", test.token, issueUpdated); status != http.StatusUnauthorized || w.lastCode() != test.want {
			t.Errorf("%s: status %d, code %s", name, status, w.lastCode())
		}
	}
	if len(w.hints) != 0 {
		t.Errorf("hints were passed on: %v", w.hints)
	}
}

func TestWebhookComesAgain(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	for range 3 {
		if status := w.hook(t, "delivery-1", issueUpdated); status != http.StatusNoContent {
			t.Fatalf("status %d", status)
		}
	}
	if len(w.hints) != 1 {
		t.Errorf("passed on %d times", len(w.hints))
	}
	w.failed = errors.Join(behavepro.ErrUnavailable)
	if status := w.hook(t, "delivery-2", issueUpdated); status != http.StatusServiceUnavailable {
		t.Errorf("a hook that fails: status %d", status)
	}
	w.failed = nil
	w.hook(t, "delivery-2", issueUpdated)
	if len(w.hints) != 3 {
		t.Errorf("what failed was not passed on again: %d", len(w.hints))
	}
	w.hook(t, "", issueUpdated)
	w.hook(t, "", issueUpdated)
	if len(w.hints) != 5 {
		t.Errorf("without an identifier: %d", len(w.hints))
	}
	w.pass(seenFor)
	w.hook(t, "delivery-1", issueUpdated)
	if len(w.hints) != 6 {
		t.Errorf("after a day: %d", len(w.hints))
	}
}

func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	s := newSeen()
	for n := range 3 * seenMost {
		key := strings.Repeat("k", n%7) + string(rune(n))
		s.first(key, start)
		if n%3 == 0 {
			s.forget(key)
		}
	}
	if len(s.at) > seenMost || len(s.order) > seenMost {
		t.Errorf("%d are remembered, in an order of %d", len(s.at), len(s.order))
	}
}

func FuzzHint(f *testing.F) {
	f.Add([]byte(issueUpdated))
	f.Add([]byte(`{"webhookEvent":"project_deleted","project":{"id":10000,"key":"SHOP"}}`))
	f.Add([]byte(`{"webhookEvent":"jira:issue_deleted","issue":{"id":"-1","key":"<x>"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, ok, err := readHint(body)
		if err != nil && code(err) != MalformedBody {
			t.Fatal(err)
		}
		if !ok {
			if h != (Hint{}) {
				t.Fatalf("a hint that is none: %+v", h)
			}
			return
		}
		if h.IssueID < 0 || h.ProjectID < 0 || h.IssueID+h.ProjectID == 0 || strings.ContainsAny(string(h.IssueKey)+string(h.ProjectKey), "<>/ \n") {
			t.Fatalf("%+v", h)
		}
	})
}
