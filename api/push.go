package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
)

// Bounds of an upload.
const (
	maxUpload   = 512 << 20 // bytes as sent
	maxDecoded  = 4 << 30   // bytes after decompression
	maxDescribe = 64 << 20  // bytes of the description, with the checkout's feature files
	maxSources  = 500_000
	maxFiles    = 10_000
	maxParams   = 50
	maxText     = 1000 // bytes of a name, a value, a build id
	maxURL      = 4000
)

// pushResults takes an upload in: multipart, the description first, then the report files, which are streamed on.
func pushResults(x *Exchange) error {
	body, err := decoded(x.R)
	if err != nil {
		return err
	}
	defer body.Close()
	form, err := multipartReader(x.R.Header, body)
	if err != nil {
		return err
	}
	in, err := readPush(form)
	if err != nil {
		return err
	}
	push, err := x.newPush(in)
	if err != nil {
		return err
	}
	return x.accept(push, formFiles(form), time.Duration(min(in.WaitSeconds, int(maxWait/time.Second)))*time.Second)
}

// accept hands a push over, waits for its commit, and answers with its accounting.
func (x *Exchange) accept(push NewPush, next NextFile, wait time.Duration) (err error) {
	repeated := false
	if x.Push, repeated, err = x.s.opt.Results.Accept(x.ctx(), x.Tenant, push, next); err != nil {
		return uploadError(err)
	}
	if err := x.await(wait); err != nil {
		return err
	}
	return x.account(repeated)
}

// await waits for the commit of the exchange's push, and reads the push again.
func (x *Exchange) await(wait time.Duration) (err error) {
	if wait > 0 && x.Push.State != catalog.PushMatched {
		ctx, cancel := context.WithTimeout(x.ctx(), wait)
		defer cancel()
		if err := x.s.opt.Results.Wait(ctx, x.Tenant, x.Push); err != nil {
			return err
		}
		x.Push, err = x.Catalog.Push(x.ctx(), x.Push.Repository, x.Push.Commit, x.Push.ID)
	}
	return err
}

// pushStatus may wait for the commit of a push.
func pushStatus(x *Exchange) error {
	wait, err := x.wait()
	if err != nil {
		return err
	}
	if err := x.await(wait); err != nil {
		return err
	}
	return x.account(false)
}

// uploadError tells a broken upload from a broken server.
func uploadError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err), "the upload broke off", "send it again")
	}
	return err
}

func multipartReader(h http.Header, body io.Reader) (*multipart.Reader, error) {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "an upload is multipart/form-data", "see docs/api.md")
	}
	return multipart.NewReader(body, params["boundary"]), nil
}

// readPush reads the description of an upload.
func readPush(form *multipart.Reader) (client.Push, error) {
	var in client.Push
	part, err := form.NextRawPart()
	if err != nil || part.FormName() != client.PartPush {
		if err != nil && err != io.EOF {
			return in, uploadOrInvalid(err)
		}
		return in, behavepro.Explain(behavepro.ErrInvalid, `the first part of an upload is "push", its description`, "see docs/api.md")
	}
	if err := json.NewDecoder(io.LimitReader(part, maxDescribe)).Decode(&in); err != nil {
		return in, bodyError(err)
	}
	return in, nil
}

func uploadOrInvalid(err error) error {
	if tooLarge(err) || isKind(err, behavepro.ErrLimit) {
		return err
	}
	return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err), "the upload cannot be read", "")
}

// formFiles gives the report files of an upload one after the other.
func formFiles(form *multipart.Reader) NextFile {
	n := 0
	return func() (string, io.Reader, error) {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return "", nil, io.EOF
		}
		if err != nil {
			return "", nil, uploadOrInvalid(err)
		}
		if part.FormName() != client.PartFile {
			return "", nil, behavepro.Explain(behavepro.ErrInvalid, `the parts after the first are "file"`, "")
		}
		if n++; n > maxFiles {
			return "", nil, behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d report files in one push", maxFiles), "push them in several steps")
		}
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

// newPush checks a description and finds its repository.
func (x *Exchange) newPush(in client.Push) (NewPush, error) {
	repo, err := x.pushedTo(in.Repository, in.Origin)
	if err != nil {
		return NewPush{}, err
	}
	push := NewPush{
		Repository: repo.ID, Projects: x.Principal.Projects, AllProjects: x.Principal.AllProjects,
		Commit: in.Commit, TestedCommit: in.TestedCommit, Params: in.Params, Run: in.Run, Build: in.Build, BuildURL: in.BuildURL,
		Branch: in.Branch, Attempt: in.Attempt, Started: in.Started, Sources: in.Sources,
	}
	return push, x.complete(&push)
}

// complete checks what any upload may tell, and adds what the request tells.
func (x *Exchange) complete(push *NewPush) error {
	push.By = x.Principal.Name
	push.Key = x.R.Header.Get("Idempotency-Key")
	invalid := func(what string) error { return behavepro.Explain(behavepro.ErrInvalid, what, "") }
	switch {
	case push.Commit.IsZero():
		return invalid("the commit is missing")
	case len(push.Params) > maxParams:
		return invalid(fmt.Sprintf("more than %d params", maxParams))
	case len(push.Sources) > maxSources:
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d feature files in the checkout", maxSources), "")
	case push.Attempt < 0:
		return invalid("the attempt is negative")
	}
	for _, p := range push.Params {
		if p.Name == "" || len(p.Name) > maxText || len(p.Value) > maxText {
			return invalid(fmt.Sprintf("a param has no name, or more than %d bytes", maxText))
		}
	}
	for _, text := range []string{push.Run, push.Build, push.Branch, push.Key} {
		if len(text) > maxText {
			return invalid(fmt.Sprintf("run, build, branch and Idempotency-Key have at most %d bytes", maxText))
		}
	}
	if push.TestedCommit == push.Commit {
		push.TestedCommit = behavepro.SHA{}
	}
	if push.BuildURL != "" && !webURL(push.BuildURL) {
		push.BuildURL = ""
		push.Notes = append(push.Notes, "the build URL was left out: it is not an http or https address")
	}
	return nil
}

func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func clip(s string, most int) string {
	if len(s) > most {
		return s[:most]
	}
	return s
}
