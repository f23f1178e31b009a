package api

import (
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/web"
)

// oldUpload takes the uploads of old scripts in as they are: one report as the body, everything else in headers. They name
// no repository, so the projects of the key take its place.
func (s *Server) oldUpload(x *web.Request) error {
	commit, err := behavepro.ParseSHA(strings.ToLower(strings.TrimSpace(x.R.Header.Get("X-COMMIT-ID"))))
	if err != nil {
		return behavepro.Explain(behavepro.ErrInvalid, "X-COMMIT-ID is not a full commit SHA", "send the 40 digits of `git rev-parse HEAD`")
	}
	up := ingest.Upload{Push: catalog.Push{
		Repository: x.Principal.Repository, Commit: commit, Build: strings.TrimSpace(x.R.Header.Get("X-BUILD-ID")),
		BuildURL: strings.TrimSpace(x.R.Header.Get("X-BUILD-URL")),
		Params:   oldParams(x.R.Header.Values("X-PARAM")),
	}}
	if up.Push.Repository == "" {
		up.Push.Repository = catalog.ForProjects(x.Principal.Projects)
	}
	if err := s.complete(x, &up, nil); err != nil {
		return err
	}
	body, err := x.Decoded(s.opt.MaxDecoded)
	if err != nil {
		return err
	}
	defer body.Close()
	return s.accept(x, up, oneFile(oldFileName(x.R), body), 0)
}

// oldPath is an address of old scripts as its route has it, however it is written: with a slash at its end, with two, in small
// letters. A redirect would do as well for curl -L, but not every client sends a PUT on.
func oldPath(p string) (canonical string, ok bool) {
	if len(p) > maxOldPath {
		return "", false
	}
	written := path.Clean("/" + strings.ToLower(p))
	for _, canonical := range []string{"/REST/1.0/bdd/report", "/rest/behavepro/1.0/bdd", "/rest/behavepro/1.0/bdd/report"} {
		if p != canonical && written == strings.ToLower(canonical) {
			return canonical, true
		}
	}
	return "", false
}

const maxOldPath = 100

// oneFile gives one report.
func oneFile(name string, body io.Reader) ingest.NextFile {
	return func() (string, io.Reader, error) {
		if body == nil {
			return "", nil, io.EOF
		}
		r := body
		body = nil
		return name, r, nil
	}
}

// oldFileName is how the body is called in the accounting: it has no name of its own.
func oldFileName(r *http.Request) string {
	if name := strings.TrimSpace(r.Header.Get("X-FILE-NAME")); name != "" {
		return clip(name, maxText)
	}
	return "report"
}

// oldParams reads X-PARAM: repeated, or one header with commas; the order counts. A piece without = belongs to the value
// before it, which held a comma.
func oldParams(headers []string) []behavepro.Param {
	var params []behavepro.Param
	for _, header := range headers {
		first := len(params)
		for piece := range strings.SplitSeq(header, ",") {
			name, value, ok := strings.Cut(piece, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			switch {
			case ok && name != "":
				params = append(params, behavepro.Param{Name: name, Value: value})
			case !ok && len(params) > first:
				params[len(params)-1].Value += "," + strings.TrimRight(piece, " ")
			case strings.TrimSpace(piece) != "":
				params = append(params, behavepro.Param{Name: "Param", Value: strings.TrimSpace(piece)})
			}
		}
	}
	return slices.Clip(params)
}
