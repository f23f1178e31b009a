package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/web/problem"
)

// form is an upload of one report, and the length of its description.
func form(t *testing.T, push client.Push) (contentType string, body []byte, described int) {
	t.Helper()
	text, err := json.Marshal(push)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, part := range []struct{ name, text string }{{client.PartPush, string(text)}, {client.PartFile, report}} {
		p, err := w.CreateFormFile(part.name, "r.json")
		if err == nil {
			_, err = io.WriteString(p, part.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes(), len(text)
}

// send asks with a token and returns the status and, of an error, its problem document.
func (h *house) send(method, path, encoding, contentType string, body []byte) (int, problem.Document) {
	h.t.Helper()
	if encoding == "gzip" {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(body)
		if err := w.Close(); err != nil {
			h.t.Fatal(err)
		}
		body = z.Bytes()
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.token("admin"))
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Content-Encoding", encoding)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	var p problem.Document
	if resp.StatusCode >= 400 {
		if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
			h.t.Errorf("%s %s: the answer is no problem document: %v", method, path, err)
		}
	}
	return resp.StatusCode, p
}

// TestBoundsOfUploads sends uploads of exactly as many bytes as are taken, and of one more.
func TestBoundsOfUploads(t *testing.T) {
	t.Parallel()
	shop := client.Push{Repository: "acme/shop"}
	for _, c := range []struct {
		name, encoding string
		bound          func(o *api.Options, sent, described int64)
		says           string
	}{
		{"as sent", "", func(o *api.Options, sent, _ int64) { o.MaxUpload = sent }, "the body is larger than the %d bytes"},
		{"unpacked", "gzip", func(o *api.Options, sent, _ int64) { o.MaxDecoded = sent }, "unpacks to more than %d bytes"},
		{"description", "", func(o *api.Options, _, described int64) { o.MaxDescribe = described }, "the description of the upload is larger than %d bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			push := shop
			push.Commit = newHouse(t).tip
			contentType, body, described := form(t, push)
			for less, want := range []int{http.StatusOK, http.StatusRequestEntityTooLarge} {
				var o api.Options
				c.bound(&o, int64(len(body)-less), int64(described-less))
				h := newHouse(t, func(opt *api.Options) {
					opt.MaxUpload, opt.MaxDecoded, opt.MaxDescribe = o.MaxUpload, o.MaxDecoded, o.MaxDescribe
				})
				status, got := h.send(http.MethodPost, "/api/v1/results", c.encoding, contentType, body)
				if status != want {
					t.Errorf("%d under: status %d, want %d: %+v", less, status, want, got)
				}
				says := fmt.Sprintf(c.says, max(o.MaxUpload, o.MaxDecoded, o.MaxDescribe))
				if less > 0 && (!strings.Contains(got.Detail, says) || got.Hint == "" || got.Type != problem.TypePrefix+"limit-reached") {
					t.Errorf("problem %+v, want %q", got, says)
				}
				if got := len(h.pushes(h.shop.Repo.ID, h.tip)); got != 1-less {
					t.Errorf("%d under: %d pushes are stored", less, got)
				}
			}
		})
	}
}

// TestBoundsOfBodies: bodies of requests and webhooks have at most 1 MB, parameters are at most 50 of 1,000 bytes.
func TestBoundsOfBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	padded := func(size int) []byte {
		head, tail := `{"branches":["main"]`, "}"
		return []byte(head + strings.Repeat(" ", size-len(head)-len(tail)) + tail)
	}
	if status, p := h.send(http.MethodPatch, "/api/v1/repos/acme%2Fshop", "", "application/json", padded(1<<20)); status >= 400 {
		t.Errorf("1 MB: %d %+v", status, p)
	}
	status, p := h.send(http.MethodPatch, "/api/v1/repos/acme%2Fshop", "", "application/json", padded(1<<20+1))
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Detail, "1 MB") {
		t.Errorf("1 MB and a byte: %d %+v", status, p)
	}
	params := func(n, length int) (push client.Push) {
		push.Repository, push.Commit = "acme/shop", h.tip
		for i := range n {
			push.Params = append(push.Params, behavepro.Param{Name: fmt.Sprint("p", i), Value: strings.Repeat("v", length)})
		}
		return push
	}
	long := func(length int) string { return strings.Repeat("b", length) }
	named := func(length int) client.Push {
		return client.Push{Repository: "acme/shop", Commit: h.tip, Params: []behavepro.Param{{Name: long(length), Value: "v"}}}
	}
	for _, c := range []struct {
		push client.Push
		want int
		says string
	}{
		{params(50, 1000), http.StatusOK, ""},
		{params(51, 1), http.StatusBadRequest, "more than 50 params"},
		{params(1, 1001), http.StatusBadRequest, "1000 bytes"},
		{named(1000), http.StatusOK, ""},
		{named(1001), http.StatusBadRequest, "1000 bytes"},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Build: long(1000)}, http.StatusOK, ""},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Build: long(1001)}, http.StatusBadRequest, "1000 bytes"},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Run: long(1000)}, http.StatusOK, ""},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Run: long(1001)}, http.StatusBadRequest, "1000 bytes"},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Branch: long(1000)}, http.StatusOK, ""},
		{client.Push{Repository: "acme/shop", Commit: h.tip, Branch: long(1001)}, http.StatusBadRequest, "1000 bytes"},
	} {
		contentType, body, _ := form(t, c.push)
		if status, p := h.send(http.MethodPost, "/api/v1/results", "", contentType, body); status != c.want || !strings.Contains(p.Detail, c.says) {
			t.Errorf("got %d %+v, want %d saying %q", status, p, c.want, c.says)
		}
	}
}

// TestBoundsOfUploadTexts: a key of 1,000 bytes is taken, a longer one refused; a URL is kept up to 4,000, the name of a file
// cut at 1,000 bytes.
func TestBoundsOfUploadTexts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.client(h.token("results:write"))
	push := func(key, url, name string) (client.Accounting, error) {
		return c.PushResults(t.Context(), client.Upload{
			Push:  client.Push{Repository: "acme/shop", Commit: h.tip, Build: key, BuildURL: url},
			Files: []client.ReportFile{file(name, "no report")}, IdempotencyKey: key,
		})
	}
	const site = "https://ci.example.com/"
	for more := range 2 {
		key, url := strings.Repeat("k", 1000+more), site+strings.Repeat("u", 4000+more-len(site))
		if _, err := push(key, "", "r"); (more == 0) != (err == nil) || err != nil && (!errors.Is(err, behavepro.ErrInvalid) || !strings.Contains(err.Error(), "1000 bytes")) {
			t.Errorf("a key of %d bytes: %v", len(key), err)
		}
		acc, err := push(fmt.Sprint("url", more), url, strings.Repeat("é", 500)+strings.Repeat("n", more))
		if err != nil || len(acc.Notes) != more || more == 1 && !strings.Contains(acc.Notes[0], "4000 bytes") {
			t.Errorf("a URL of %d bytes: notes %q, %v", len(url), acc.Notes, err)
		}
		if len(acc.Unreadable) != 1 || acc.Unreadable[0].File != strings.Repeat("é", 500) {
			t.Errorf("the file is called %+v", acc.Unreadable)
		}
	}
	acc, err := push("half", "", "n"+strings.Repeat("é", 500))
	if err != nil || len(acc.Unreadable) != 1 || acc.Unreadable[0].File != "n"+strings.Repeat("é", 499) {
		t.Errorf("half a character: %+v, %v", acc.Unreadable, err)
	}
}

// TestBoundOfHooks: a webhook's body has at most 1 MB.
func TestBoundOfHooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	hook, err := h.client(h.token("repos:write", "SHOP")).RotateHook(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	for more, want := range []int{http.StatusNoContent, http.StatusRequestEntityTooLarge} {
		address := h.server.URL + "/hooks/git/" + hook.URL[strings.LastIndexByte(hook.URL, '/')+1:]
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(strings.Repeat(" ", 1<<20+more)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Gitlab-Token", hook.Secret)
		if status, body := send(t, req); status != want || more == 1 && !strings.Contains(body, "1 MB") {
			t.Errorf("1 MB and %d bytes: %d %s", more, status, body)
		}
	}
}

// TestMostAsked: a push that names no repository sets at most 20 in motion.
func TestMostAsked(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{20: 20, 21: 20} {
		h := newHouse(t)
		for i := range n {
			repo := &catalog.Repository{ID: behavepro.RepositoryID(fmt.Sprint("many", i)), Name: fmt.Sprint("many", i), Projects: []behavepro.ProjectKey{"MANY"}}
			if err := h.catalog.PutRepository(t.Context(), repo); err != nil {
				t.Fatal(err)
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.server.URL+"/REST/1.0/bdd/report", strings.NewReader(report))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-KEY", h.token("results:write", "MANY"))
		req.Header.Set("X-COMMIT-ID", unknown.String())
		if status, body := send(t, req); status != http.StatusAccepted || len(h.syncs.asked) != want {
			t.Errorf("of %d repositories %d were asked: %d %s", n, len(h.syncs.asked), status, body)
		}
	}
}
