package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/web"
)

// missingAttachments tells which attachments of a push have to be sent.
func (s *Server) missingAttachments(x *web.Request) error {
	var in client.AttachmentHashes
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	if len(in.Hashes) > client.MaxAttachmentHashes {
		return behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("more than %d attachments in one question", client.MaxAttachmentHashes),
			"ask in several steps",
		)
	}
	missing, err := (ingest.Ingest{Catalog: x.Catalog}).MissingAttachments(x.Context(), x.Push, in.Hashes)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.MissingAttachments{Missing: list(missing)})
}

// takeAttachment takes in the content of an attachment that a push names.
func (s *Server) takeAttachment(x *web.Request) error {
	var hash behavepro.Hash
	if err := hash.UnmarshalText([]byte(x.R.PathValue("hash"))); err != nil {
		return behavepro.Explain(behavepro.ErrInvalid, "this is not the SHA-256 of an attachment", "")
	}
	content, err := io.ReadAll(x.R.Body)
	if err != nil {
		return uploadError(err)
	}
	if err := (ingest.Ingest{Catalog: x.Catalog}).TakeAttachment(x.Context(), x.Push, hash, content); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, client.StoredAttachment{Hash: hash})
}

// project checks the project that the path names, and that the principal reaches it.
func (s *Server) project(x *web.Request) (behavepro.ProjectKey, error) {
	key, err := behavepro.ParseProjectKey(x.R.PathValue("project"))
	if err != nil {
		return "", err
	}
	return key, x.Principal.AllowProject(x.Verb(), key)
}

func (s *Server) showEvidenceRule(x *web.Request) error {
	project, err := s.project(x)
	if err != nil {
		return err
	}
	rule, err := x.Catalog.EvidenceRule(x.Context(), project)
	if err != nil {
		return err
	}
	return x.Reply(http.StatusOK, evidenceRule(project, &rule))
}

func (s *Server) changeEvidenceRule(x *web.Request) error {
	project, err := s.project(x)
	if err != nil {
		return err
	}
	var in client.ChangeEvidenceRule
	if err := x.ReadJSON(&in); err != nil {
		return err
	}
	rule, err := x.Catalog.EvidenceRule(x.Context(), project)
	if err != nil {
		return err
	}
	if in.Keep != nil {
		rule.Keep = catalog.Keep(*in.Keep)
	}
	if in.Masks != nil {
		rule.Masks = *in.Masks
	}
	if in.Days != nil {
		rule.Days = *in.Days
	}
	rule.ChangedBy = x.Change()
	if err := x.Catalog.PutEvidenceRule(x.Context(), project, &rule); err != nil {
		return err
	}
	return x.Reply(http.StatusOK, evidenceRule(project, &rule))
}

func evidenceRule(project behavepro.ProjectKey, r *catalog.EvidenceRule) client.EvidenceRule {
	return client.EvidenceRule{Project: project, Keep: string(r.Keep), Masks: list(r.Masks), Days: r.Days}
}
