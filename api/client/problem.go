package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web/problem"
)

// errServer is the kind of answers that fit no other.
var errServer = errors.New("the server failed")

// readProblem makes an error of an answer.
func readProblem(resp *http.Response) error {
	const most = 64 << 10
	p := problem.Document{Status: resp.StatusCode}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, most)) // a broken body changes nothing: the status tells
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if media == "application/problem+json" {
		_ = json.Unmarshal(body, &p)
	}
	p.Status = resp.StatusCode
	msg := p.Detail
	if msg == "" {
		msg = fmt.Sprintf("the server answered %d %s", p.Status, http.StatusText(p.Status))
	}
	hint := p.Hint
	if hint == "" && p.Status == http.StatusNotFound && media != "application/problem+json" {
		hint = "is this the address of a Behave Pro server?"
	}
	kind := p.Err()
	if kind == nil {
		kind = errServer
	}
	return behavepro.Explain(kind, msg, hint)
}
