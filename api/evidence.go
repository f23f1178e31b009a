package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
)

// missingAttachments tells which attachments of a push have to be sent.
func missingAttachments(x *Exchange) error {
	var in client.AttachmentHashes
	if err := x.read(&in); err != nil {
		return err
	}
	if len(in.Hashes) > client.MaxAttachmentHashes {
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d attachments in one question", client.MaxAttachmentHashes), "ask in several steps")
	}
	missing, err := (ingest.Ingest{Catalog: x.Catalog}).MissingAttachments(x.ctx(), x.Push, in.Hashes)
	if err != nil {
		return err
	}
	return x.reply(http.StatusOK, client.MissingAttachments{Missing: list(missing)})
}

// takeAttachment takes in the content of an attachment that a push names.
func takeAttachment(x *Exchange) error {
	var hash behavepro.Hash
	if err := hash.UnmarshalText([]byte(x.R.PathValue("hash"))); err != nil {
		return behavepro.Explain(behavepro.ErrInvalid, "this is not the SHA-256 of an attachment", "")
	}
	content, err := io.ReadAll(x.R.Body)
	if err != nil {
		return uploadError(err)
	}
	if err := (ingest.Ingest{Catalog: x.Catalog}).TakeAttachment(x.ctx(), x.Push, hash, content); err != nil {
		return err
	}
	return x.reply(http.StatusOK, client.StoredAttachment{Hash: hash})
}

// project checks the project that the path names, and that the principal reaches it.
func (x *Exchange) project() (behavepro.ProjectKey, error) {
	key, err := behavepro.ParseProjectKey(x.R.PathValue("project"))
	if err != nil {
		return "", err
	}
	return key, x.Principal.AllowProject(x.verb, key)
}

func showEvidenceRule(x *Exchange) error {
	project, err := x.project()
	if err != nil {
		return err
	}
	rule, err := x.Catalog.EvidenceRule(x.ctx(), project)
	if err != nil {
		return err
	}
	return x.reply(http.StatusOK, evidenceRule(project, &rule))
}

func changeEvidenceRule(x *Exchange) error {
	project, err := x.project()
	if err != nil {
		return err
	}
	var in client.ChangeEvidenceRule
	if err := x.read(&in); err != nil {
		return err
	}
	rule, err := x.Catalog.EvidenceRule(x.ctx(), project)
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
	if err := x.Catalog.PutEvidenceRule(x.ctx(), project, &rule); err != nil {
		return err
	}
	return x.reply(http.StatusOK, evidenceRule(project, &rule))
}

func evidenceRule(project behavepro.ProjectKey, r *catalog.EvidenceRule) client.EvidenceRule {
	return client.EvidenceRule{Project: project, Keep: string(r.Keep), Masks: list(r.Masks), Days: r.Days}
}
