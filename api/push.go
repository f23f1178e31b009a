package api

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/web"
)

// Bounds of an upload.
const (
	MaxUpload   = 512 << 20 // bytes as sent
	MaxDecoded  = 4 << 30   // bytes after decompression
	MaxDescribe = 64 << 20  // bytes of the description, with the checkout's feature files
	maxParams   = 50
	maxShards   = 10_000
	maxText     = 1000 // bytes of a name, a value, a build id
	maxURL      = 4000
)

// pushResults takes an upload in: multipart, the description first, then the report files, which are streamed on.
func (s *Server) pushResults(x *web.Request) error {
	body, err := x.Decoded(s.opt.MaxDecoded)
	if err != nil {
		return err
	}
	defer body.Close()
	form, err := multipartReader(x.R.Header, body)
	if err != nil {
		return err
	}
	in, err := readPush(form, s.opt.MaxDescribe)
	if err != nil {
		return err
	}
	up, err := s.upload(x, in)
	if err != nil {
		return err
	}
	return s.accept(x, up, formFiles(form), time.Duration(min(in.WaitSeconds, int(web.MaxWait/time.Second)))*time.Second)
}

// pushStatus may wait for the commit of a push.
func (s *Server) pushStatus(x *web.Request) error {
	wait, err := x.Wait()
	if err != nil {
		return err
	}
	if err := s.await(x, wait); err != nil {
		return err
	}
	return s.account(x, false)
}

func multipartReader(h http.Header, body io.Reader) (*multipart.Reader, error) {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "an upload is multipart/form-data", "see docs/api.md")
	}
	return multipart.NewReader(body, params["boundary"]), nil
}

// readPush reads the description of an upload.
func readPush(form *multipart.Reader, most int64) (client.Push, error) {
	var in client.Push
	part, err := form.NextRawPart()
	if err != nil || part.FormName() != client.PartPush {
		if err != nil && err != io.EOF {
			return in, web.InvalidUpload(err)
		}
		return in, behavepro.Explain(behavepro.ErrInvalid, `the first part of an upload is "push", its description`, "see docs/api.md")
	}
	body := &io.LimitedReader{R: part, N: most + 1}
	err = json.NewDecoder(body).Decode(&in)
	if body.N == 0 {
		return in, behavepro.Explain(behavepro.ErrLimit, "the description of the upload is larger than "+web.SizeText(most),
			"push from a checkout with fewer feature files")
	}
	if err != nil {
		return in, web.BodyError(err)
	}
	return in, nil
}

// formFiles gives the report files of an upload one after the other.
func formFiles(form *multipart.Reader) ingest.NextFile {
	n := 0
	return func() (string, io.Reader, error) {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return "", nil, io.EOF
		}
		if err != nil {
			return "", nil, web.InvalidUpload(err)
		}
		if part.FormName() != client.PartFile {
			return "", nil, behavepro.Explain(behavepro.ErrInvalid, `the parts after the first are "file"`, "")
		}
		n++
		name := client.FileName(part.Header.Get(client.FileNameHeader))
		if name == "" {
			name = part.FileName()
		}
		if name == "" {
			name = fmt.Sprintf("report %d", n)
		}
		return clip(name, maxText), part, nil
	}
}

// upload checks a description and finds its repository.
func (s *Server) upload(x *web.Request, in client.Push) (ingest.Upload, error) {
	repo, err := s.pushedTo(x, in.Repository, in.Origin)
	if err != nil {
		return ingest.Upload{}, err
	}
	up := ingest.Upload{Push: catalog.Push{
		Repository: repo.ID, Commit: in.Commit, TestedCommit: in.TestedCommit, Params: in.Params, Run: in.Run, Build: in.Build,
		BuildURL: in.BuildURL, Branch: in.Branch, Attempt: in.Attempt, Started: in.Started, Shard: in.Shard, Shards: in.Shards,
	}, Format: in.Format}
	if len(in.Sources) > 0 {
		up.Tested = make(map[string]behavepro.SHA, len(in.Sources))
		for _, s := range in.Sources {
			up.Tested[s.Path] = s.Blob
		}
	}
	return up, s.complete(x, &up, in.MergeCommit)
}

// complete checks what any upload may tell, and adds what the request tells. merge is the commit that a CI service made of a pull
// request, where the client sent it.
func (s *Server) complete(x *web.Request, up *ingest.Upload, merge []byte) error {
	push := &up.Push
	push.By, push.Projects = x.Principal.Name, x.Principal.Projects
	up.Key = x.R.Header.Get("Idempotency-Key")
	invalid := func(what string) error { return behavepro.Explain(behavepro.ErrInvalid, what, "") }
	switch {
	case push.Commit.IsZero():
		return invalid("the commit is missing")
	case len(push.Params) > maxParams:
		return invalid(fmt.Sprintf("more than %d params", maxParams))
	case push.Shards < 0 || push.Shards > maxShards || push.Shards > 0 && push.Shard == "":
		return invalid(fmt.Sprintf("a shard has a name, and there are at most %d", maxShards))
	case push.Attempt < 0:
		return invalid("the attempt is negative")
	}
	for _, p := range push.Params {
		if p.Name == "" || len(p.Name) > maxText || len(p.Value) > maxText {
			return invalid(fmt.Sprintf("a param has no name, or more than %d bytes", maxText))
		}
	}
	for _, text := range []string{push.Run, push.Build, push.Branch, push.Shard, up.Key} {
		if len(text) > maxText {
			return invalid(fmt.Sprintf("run, build, branch, shard and Idempotency-Key have at most %d bytes", maxText))
		}
	}
	if err := s.byJob(x, push, merge); err != nil {
		return err
	}
	if push.TestedCommit == push.Commit {
		push.TestedCommit = behavepro.SHA{}
	}
	if push.BuildURL != "" && !webURL(push.BuildURL) {
		push.BuildURL = ""
		push.Notes = append(push.Notes, fmt.Sprintf("the build URL was left out: it is not an http or https address of at most %d bytes", maxURL))
	}
	return nil
}

func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// clip cuts a text at a whole character.
func clip(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}
