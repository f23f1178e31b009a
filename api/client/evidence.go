package client

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/behavepro/behavepro"
)

// MaxAttachmentHashes is how many attachments one MissingAttachments asks about.
const MaxAttachmentHashes = 1000

// AttachmentHashes asks which attachments of a push the server lacks.
type AttachmentHashes struct {
	Hashes []behavepro.Hash `json:"hashes"` // SHA-256 of the content of each
}

// MissingAttachments are those that the push names, that are kept here, and whose content has not arrived.
type MissingAttachments struct {
	Missing []behavepro.Hash `json:"missing"`
}

// StoredAttachment is the answer to an attachment that was sent.
type StoredAttachment struct {
	Hash behavepro.Hash `json:"hash"`
}

// EvidenceRule is what a project keeps of messages, stacks and attachments.
type EvidenceRule struct {
	Project behavepro.ProjectKey `json:"project"`
	Keep    string               `json:"keep"`  // none, messages (with stacks), or all (attachments, too)
	Masks   []string             `json:"masks"` // RE2 patterns: what they match becomes ***
	Days    int                  `json:"days"`  // evidence that is older goes; 0 keeps it as long as its results
}

// ChangeEvidenceRule changes what is not nil.
type ChangeEvidenceRule struct {
	Keep  *string   `json:"keep,omitempty"`
	Masks *[]string `json:"masks,omitempty"`
	Days  *int      `json:"days,omitempty"`
}

// MissingAttachments asks which of some attachments of a push have to be sent.
func (c *Client) MissingAttachments(ctx context.Context, push string, hashes []behavepro.Hash) (MissingAttachments, error) {
	var out MissingAttachments
	return out, c.do(
		ctx,
		call{method: http.MethodPost, path: []string{"results", push, "attachments"}, in: AttachmentHashes{hashes}, out: &out, safe: true},
	)
}

// SendAttachment sends the content of an attachment that a push names.
func (c *Client) SendAttachment(ctx context.Context, push string, hash behavepro.Hash, content []byte) error {
	var out StoredAttachment
	return c.do(ctx, call{
		method: http.MethodPut, path: []string{"results", push, "attachments", hash.String()}, out: &out, safe: true,
		body: func(context.Context) (io.ReadCloser, http.Header, error) {
			return io.NopCloser(bytes.NewReader(content)), http.Header{"Content-Type": {"application/octet-stream"}}, nil
		},
	})
}

// EvidenceRule tells what a project keeps.
func (c *Client) EvidenceRule(ctx context.Context, project behavepro.ProjectKey) (EvidenceRule, error) {
	var out EvidenceRule
	return out, c.do(ctx, call{method: http.MethodGet, path: []string{"evidence", string(project)}, out: &out, safe: true})
}

// ChangeEvidenceRule decides what a project keeps from now on.
func (c *Client) ChangeEvidenceRule(ctx context.Context, project behavepro.ProjectKey, in ChangeEvidenceRule) (EvidenceRule, error) {
	var out EvidenceRule
	return out, c.do(ctx, call{method: http.MethodPatch, path: []string{"evidence", string(project)}, in: in, out: &out, safe: true})
}
