package connect

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

const maxBody = 1 << 20 // of any request that reaches this package

// found is the token of a request.
type found struct {
	token string
	body  []byte // of a form
}

// find looks for a token in the query, in a form body and in the header Authorization, in this order. One in query and body,
// and two in either, are refused. It leaves the body to be read again.
func find(r *http.Request) (found, error) {
	query := tokens(r.URL.RawQuery)
	var f found
	var inBody []string
	if isForm(r) {
		body, err := readBody(r)
		if err != nil {
			return f, err
		}
		f.body, inBody = body, tokens(string(body))
	}
	switch all := append(query, inBody...); len(all) {
	case 0:
	case 1:
		f.token = all[0]
		return f, nil
	default:
		return f, refuse(AmbiguousJWT, "%d in the query, %d in the body", len(query), len(inBody))
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "JWT") {
		f.token = strings.TrimSpace(token)
	}
	if f.token == "" {
		return f, refuse(MissingJWT, "")
	}
	return f, nil
}

func tokens(query string) []string {
	var all []string
	for name, value := range parameters(query) {
		if name == "jwt" && value != "" {
			all = append(all, value)
		}
	}
	return all
}

func isForm(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// readBody reads a body and puts it back.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		return nil, refuse(MalformedBody, "more than %d bytes", maxBody)
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}
