package connect

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro/internal/testenv"
)

// question is one that testdata/node/client.js answers by the library that Atlassian publishes for npm.
type question struct {
	Ask    string         `json:"ask"`
	Method string         `json:"method,omitempty"`
	Target string         `json:"target"`
	Base   string         `json:"base"`
	Claims claims         `json:"claims,omitempty"`
	Secret string         `json:"secret,omitempty"`
	Key    string         `json:"key,omitempty"`
	Kid    string         `json:"kid,omitempty"`
	Token  string         `json:"token,omitempty"`
	Body   map[string]any `json:"body,omitempty"`

	Header  string            `json:"header,omitempty"`
	Form    string            `json:"form,omitempty"`
	Secrets map[string]string `json:"secrets,omitempty"`
	Context bool              `json:"context,omitempty"`
	Now     int64             `json:"now,omitempty"`
}

// ask returns an answer for each question.
func ask(t *testing.T, questions ...question) []string {
	t.Helper()
	client, err := filepath.Abs(filepath.Join("testdata", "node", "client.js"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", client)
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(testenv.NPM(t, "connect/testdata/node"), "node_modules"), "NODE_NO_WARNINGS=1")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	var answers []string
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions: %v\n%s", len(answers), len(questions), err, out)
	}
	return answers
}

// randomTarget is an address such as a browser sends. An apostrophe in a path is left out: the library escapes it there, and
// Jira does not. So are escapes that are no UTF-8, which the library takes for one another.
func randomTarget(r *rand.Rand) string {
	pick := func(from []string, least, most int) string {
		var b strings.Builder
		for range least + r.IntN(most-least+1) {
			b.WriteString(from[r.IntN(len(from))])
		}
		return b.String()
	}
	inPath := []string{"a", "B", "7", "/", "-", ".x", "_", "~", "!", "$", "&", "(", ")", "*", "+", ",", ";", "=", ":", "@", "%20", "%2F", "%C3%A9", "%26"}
	inQuery := []string{
		"a", "b", "A", "1", "10", "-", ".", "_", "~", "!", "$", "'", "(", ")", "*", "+", ",", ";", ":", "@", "/", "?", "[", "]", "%20", "%2F", "%26", "%3D", "%2B",
		"%25", "%C3%A9", "%F0%9F%98%80", "%EF%BD%9E", "%zz", "%~", "=",
	}
	target := "/" + strings.TrimLeft(pick(inPath, 0, 8), "/")
	for i := range r.IntN(6) {
		target += string("?&"[min(i, 1)]) + pick(inQuery, 0, 3)
		if r.IntN(4) > 0 {
			target += "=" + pick(inQuery, 0, 4)
		}
	}
	return target
}

// TestAgreesWithTheReference compares canonical requests of random addresses.
func TestAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 2026))
	var questions []question
	for range 3000 {
		q := question{Ask: "canonical", Method: []string{"GET", "post", "PUT", "DELETE"}[r.IntN(4)], Target: randomTarget(r), Base: ""}
		if r.IntN(3) == 0 {
			q.Base = "https://bdd.example.com/connect"
			if r.IntN(4) > 0 {
				q.Target = "/connect" + q.Target
			}
		}
		questions = append(questions, q)
	}
	for i, want := range ask(t, questions...) {
		q := questions[i]
		u, err := url.Parse(q.Target)
		if err != nil {
			t.Fatalf("%q: %v", q.Target, err)
		}
		base, err := url.Parse(q.Base)
		if err != nil {
			t.Fatal(err)
		}
		if got := CanonicalRequest(q.Method, u, base.Path); got != want {
			t.Errorf("%s %s below %q\n got %s\nwant %s", q.Method, q.Target, base.Path, got, want)
		}
	}
}

// TestReferenceSigns lets the reference sign what we are asked.
func TestReferenceSigns(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	r := rand.New(rand.NewPCG(9, 2026))
	var questions []question
	for range 200 {
		q := question{Ask: "symmetric", Method: "GET", Target: "/connect" + randomTarget(r), Base: publicURL + "/connect", Secret: secret}
		q.Claims = with(w.siteClaims(t, "GET", "/"), claims{"qsh": nil})
		questions = append(questions, q)
	}
	for i, token := range ask(t, questions...) {
		target := questions[i].Target
		v, err := w.Visit(visitRequest("GET", target, token), URLBound, "")
		if err != nil || v.Account != "acc-dev" || v.IssueID != 10012 {
			t.Errorf("%s: %v, %v", target, err, code(err))
		}
		if strings.Contains(target, "?") {
			target += "&jwt=" + token
		} else {
			target += "?jwt=" + token
		}
		req, err := http.NewRequest("GET", target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Visit(req, URLBound, ""); err != nil {
			t.Errorf("%s: %v, %v", target, err, code(err))
		}
	}

	form := ask(t, question{
		Ask: "form", Target: "/connect/x", Base: publicURL + "/connect", Secret: secret, Claims: with(w.siteClaims(t, "GET", "/"), claims{"qsh": nil}),
		Body: map[string]any{"a": "x y", "b": []string{"2", "1"}, "c": "ü&="},
	})[0]
	post, err := http.NewRequest("POST", "/connect/x", strings.NewReader(url.Values{"a": {"x y"}, "b": {"1", "2"}, "c": {"ü&="}, "jwt": {form}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := w.Visit(post, URLBound, ""); err != nil {
		t.Errorf("over a form: %v, %v", err, code(err))
	}
}

// TestReferenceInstalls lets the reference sign an install.
func TestReferenceInstalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	der, err := x509.MarshalPKCS8PrivateKey(pair())
	if err != nil {
		t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	token := ask(t, question{
		Ask: "asymmetric", Target: "/connect/installed", Base: publicURL + "/connect", Key: key, Kid: kid,
		Claims: claims{"iss": shop, "aud": []string{publicURL + "/connect"}, "iat": start.Unix(), "exp": start.Add(3 * time.Minute).Unix()},
	})[0]
	if status, text := w.send(t, "POST", "/connect/installed", token, eventBody("installed", nil)); status != http.StatusNoContent {
		t.Errorf("status %d: %s\n%s", status, text, w.log.String())
	}
}

// TestReferenceVerifies lets the reference check what we send to Jira, as Jira does.
func TestReferenceVerifies(t *testing.T) {
	t.Parallel()
	w := installed(t, nil)
	i := w.install(t, shop)
	r := rand.New(rand.NewPCG(10, 2026))
	var questions []question
	send := w.Transport(&i, roundTrip(func(r *http.Request) (*http.Response, error) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "JWT ")
		questions = append(questions, question{Ask: "verify", Token: token, Secret: secret, Method: r.Method, Target: r.URL.String()})
		return answer(http.StatusOK, ""), nil
	}))
	for n := range 200 {
		req, err := http.NewRequest([]string{"GET", "PUT"}[n%2], shopURL+randomTarget(r), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := send.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	wrong := questions[0]
	wrong.Secret = "another"
	answers := ask(t, append(questions, wrong)...)
	for n, text := range answers[:len(questions)] {
		var got struct {
			Iss      string
			Iat, Exp int64
			Fits     bool
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Fits || got.Iss != DefaultKey || got.Exp-got.Iat > 180 {
			t.Errorf("%s: %s", questions[n].Target, text)
		}
	}
	if last := answers[len(questions)]; !strings.HasPrefix(last, "error: Signature") {
		t.Errorf("with another secret: %s", last)
	}
}

// TestExpressAcceptsWhatWeAccept asks the validator of atlassian-connect-express about requests of many kinds.
func TestExpressAcceptsWhatWeAccept(t *testing.T) {
	t.Parallel()
	w := twoSites(t)
	r := rand.New(rand.NewPCG(11, 2026))
	now := w.clock()
	type request struct {
		question
		mutual bool // express refuses what we refuse, too
	}
	var all []request
	add := func(mutual bool, method, target, header string, form url.Values, context bool) {
		all = append(all, request{question{
			Ask: "validate", Method: method, Target: target, Header: header, Form: form.Encode(), Context: context, Now: now.Unix(), Key: DefaultKey,
			Base: publicURL + "/connect", Secrets: map[string]string{shop: secret, other: otherSecret},
		}, mutual})
	}
	for range 150 {
		target := "/connect" + randomTarget(r)
		good := w.siteClaims(t, "GET", target)
		with := func(c claims) string { return "JWT " + signHS(t, secret, with(good, c)) }
		add(true, "GET", target, with(nil), nil, false)
		add(true, "GET", target+"&x=1", with(nil), nil, false)
	}
	target := "/connect/panels/scenarios?a=1&a=0"
	good := w.siteClaims(t, "GET", target)
	edit := func(key string, c claims) string { return "JWT " + signHS(t, key, with(good, c)) }
	bare := func(header string) string { return strings.TrimPrefix(header, "JWT ") }
	add(true, "GET", target, edit(secret, claims{"aud": []string{shop}}), nil, false)
	add(true, "GET", target, edit(secret, claims{"iss": DefaultKey, "aud": shop}), nil, false)
	add(true, "GET", target, edit(secret, claims{"aud": []string{}}), nil, false)
	add(true, "GET", target, edit(secret, claims{"aud": "client-unknown"}), nil, false)
	add(true, "GET", target, edit(otherSecret, nil), nil, false)
	add(true, "GET", target, edit(otherSecret, claims{"iss": other}), nil, false)
	add(true, "GET", target, edit(secret, claims{"iss": nil}), nil, false)
	add(true, "GET", target, edit(secret, claims{"iss": "client-unknown"}), nil, false)
	add(true, "GET", target, edit(secret, claims{"exp": now.Add(-4 * time.Second).Unix()}), nil, false)
	add(true, "GET", target, edit(secret, claims{"qsh": nil}), nil, false)
	add(true, "GET", target, edit(secret, claims{"qsh": contextQSH}), nil, false)
	add(true, "GET", target+"&jwt="+bare(edit(secret, nil)), "", nil, false)
	add(true, "GET", target, "", nil, false)
	add(true, "GET", target, "JWT a.b.c", nil, false)
	context := edit(secret, claims{"qsh": contextQSH})
	add(true, "GET", "/connect/page", context, nil, true)
	add(false, "GET", target, edit(secret, nil), nil, true) // express takes a token for an address there, we do not
	add(false, "GET", target, edit(secret, claims{"exp": nil}), nil, false)
	form := url.Values{"b": {"2", "1"}, "a": {"x y&"}}
	over := "JWT " + signHS(t, secret, w.siteClaims(t, "POST", "/connect/x?"+form.Encode()))
	plain := "JWT " + signHS(t, secret, w.siteClaims(t, "POST", "/connect/x"))
	add(true, "POST", "/connect/x", over, form, false)
	add(true, "POST", "/connect/x", plain, form, false)
	add(true, "POST", "/connect/x", "", url.Values{"jwt": {bare(over)}, "a": form["a"], "b": form["b"]}, false)
	add(true, "POST", "/connect/x", over, url.Values{"a": form["a"]}, false)
	add(true, "POST", "/connect/x?jwt="+bare(plain), "", url.Values{"jwt": {bare(plain)}}, false)

	questions := make([]question, len(all))
	for i := range all {
		questions[i] = all[i].question
	}
	accepted := 0
	for i, text := range ask(t, questions...) {
		q := all[i]
		req, err := http.NewRequest(q.Method, q.Target, strings.NewReader(q.Form))
		if err != nil {
			t.Fatal(err)
		}
		if q.Method == http.MethodPost {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if q.Header != "" {
			req.Header.Set("Authorization", q.Header)
		}
		binding := URLBound
		if q.Context {
			binding = ContextBound
		}
		v, err := w.Visit(req, binding, ScenariosModule)
		if err == nil {
			accepted++
		}
		theirs := strings.HasPrefix(text, "in: ")
		switch {
		case err == nil && text != "in: "+v.Account:
			t.Errorf("%s %s: we let in %s, express says %s", q.Method, q.Target, v.Account, text)
		case err != nil && theirs && q.mutual:
			t.Errorf("%s %s: express lets in, we say %s", q.Method, q.Target, code(err))
		}
	}
	if accepted < 150 || accepted > len(all)-150 {
		t.Errorf("%d of %d were accepted: it proves little", accepted, len(all))
	}
}
