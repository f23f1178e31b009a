package catalog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

var (
	kindAttachment = &store.Kind{
		Name: "attachment", Key: []store.Field{inRepository, keyed("hash")},
		Body:  "size, type and day of an attachment, whose content is sealed in a file of its own",
		Class: store.ClassEvidence, Purpose: "what tests attached to their results, such as screenshots",
		Retention: "as the project's setting for evidence says, at most as its repository's results",
	}
	kindEvidence = &store.Kind{
		Name: "evidence", Key: []store.Field{inRepository, keyed("lineage"), keyed("row"), byCommit, byPush},
		Body:  "stack trace and names of attachments of one scenario in one push",
		Class: store.ClassEvidence, Purpose: "to see why a scenario failed",
		Retention: "as the project's setting for evidence says, at most as its push",
	}
)

// Attachment is content that tests attached to results, named by its SHA-256 inside a repository.
type Attachment struct {
	Hash   behavepro.Hash `cbor:"1,keyasint"` // as it was pushed
	Size   int            `cbor:"2,keyasint,omitempty"`
	Type   string         `cbor:"3,keyasint,omitempty"` // by its first bytes; "" before it is stored
	Stored bool           `cbor:"4,keyasint,omitempty"` // else a result names it, and it has not arrived
	Seen   Day            `cbor:"5,keyasint,omitempty"` // when a push last named it
	Is     behavepro.Hash `cbor:"6,keyasint,omitzero"`  // of what is stored, where masking changed it

	rev store.Revision
}

// Evidence is what is kept of one result besides what the result itself says.
type Evidence struct {
	Stack       string                `cbor:"1,keyasint,omitempty"`
	Attachments []model.AttachmentRef `cbor:"2,keyasint,omitempty"`
}

func attachmentKey(repo behavepro.RepositoryID, h behavepro.Hash) store.Key {
	return store.Key{string(repo), h.String()}
}

// Attachments reads what is known of attachments, in the order of hashes; nil where nothing is.
func (c *Catalog) Attachments(ctx context.Context, repo behavepro.RepositoryID, hashes ...behavepro.Hash) ([]*Attachment, error) {
	all := make([]*Attachment, len(hashes))
	if len(hashes) == 0 {
		return all, nil
	}
	keys := make([]store.Key, len(hashes))
	for i, h := range hashes {
		keys[i] = attachmentKey(repo, h)
	}
	records, err := c.scope.Get(ctx, kindAttachment, keys...)
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		all[i] = &Attachment{rev: r.Rev}
		if err := decode(kindAttachment, r.Body, all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ExpectAttachments notes that a push names attachments, so that those which are not here are taken in, and the others stay.
func (c *Catalog) ExpectAttachments(ctx context.Context, repo behavepro.RepositoryID, refs []model.AttachmentRef, now time.Time) error {
	const atOnce = 1000
	for len(refs) > 0 {
		n := min(atOnce, len(refs))
		if err := c.expect(ctx, repo, refs[:n], DayOf(now)); err != nil {
			return err
		}
		refs = refs[n:]
	}
	return nil
}

func (c *Catalog) expect(ctx context.Context, repo behavepro.RepositoryID, refs []model.AttachmentRef, today Day) error {
	hashes := make([]behavepro.Hash, len(refs))
	for i := range refs {
		hashes[i] = refs[i].Hash
	}
	known, err := c.Attachments(ctx, repo, hashes...)
	if err != nil {
		return err
	}
	var changes []store.Change
	for i, a := range known {
		if a == nil {
			a = &Attachment{Hash: hashes[i], Size: refs[i].Size}
		}
		if a.Seen == today && a.rev != 0 {
			continue
		}
		a.Seen = today
		changes = append(changes, attachmentChange(repo, a))
	}
	// A lost race is one with another push that names it today.
	_, err = c.scope.Write(ctx, store.Relaxed, changes...)
	return err
}

func attachmentChange(repo behavepro.RepositoryID, a *Attachment) store.Change {
	return store.Change{
		Action: store.PutIf,
		Kind:   kindAttachment,
		Record: store.Record{Key: attachmentKey(repo, a.Hash), Body: encode(a), Rev: a.rev},
	}
}

// PutAttachment stores content that a push named: as kept, which masking may have changed. What nobody named is ErrNotFound. The
// content is on disk before anything says that it is there.
func (c *Catalog) PutAttachment(ctx context.Context, repo behavepro.RepositoryID, h behavepro.Hash, kept []byte) error {
	if len(kept) > model.MaxAttachment {
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("an attachment of more than %d MB", model.MaxAttachment>>20), "leave it out")
	}
	if err := c.Room(); err != nil {
		return err
	}
	for {
		known, err := c.Attachments(ctx, repo, h)
		if err != nil {
			return err
		}
		a := known[0]
		if a == nil {
			return fmt.Errorf("attachment %s: no result names it: %w", h, behavepro.ErrNotFound)
		}
		if a.Stored {
			return nil
		}
		if err := c.scope.PutObject(ctx, string(repo), h.String(), kept); err != nil {
			return fmt.Errorf("store attachment %s: %w", h, err)
		}
		a.Stored, a.Size, a.Type = true, len(kept), model.TypeOf(kept)
		if is := behavepro.Hash(sha256.Sum256(kept)); is != h {
			a.Is = is
		}
		out, err := c.scope.Write(ctx, store.Durable, attachmentChange(repo, a))
		if err != nil || out[0].Result == store.Done {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// Attachment reads stored content. What is not stored is ErrNotFound.
func (c *Catalog) Attachment(ctx context.Context, repo behavepro.RepositoryID, h behavepro.Hash) (*Attachment, []byte, error) {
	known, err := c.Attachments(ctx, repo, h)
	if err != nil {
		return nil, nil, err
	}
	if known[0] == nil || !known[0].Stored {
		return nil, nil, fmt.Errorf("attachment %s: %w", h, behavepro.ErrNotFound)
	}
	body, err := c.scope.Object(ctx, string(repo), h.String())
	if err != nil {
		return nil, nil, fmt.Errorf("read attachment %s: %w", h, err)
	}
	return known[0], body, nil
}

// IsImage reports whether a type is one that pages show.
func (a *Attachment) IsImage() bool {
	return a.Type == model.TypePNG || a.Type == model.TypeJPEG || a.Type == model.TypeGIF || a.Type == model.TypeWebP
}

// evidenceOf reads the evidence of outcomes, in their order.
func (c *Catalog) evidenceOf(ctx context.Context, repo behavepro.RepositoryID, outcomes []*Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	keys := make([]store.Key, len(outcomes))
	for i, o := range outcomes {
		keys[i] = rowKey(repo, o)
	}
	records, err := c.scope.Get(ctx, kindEvidence, keys...)
	if err != nil {
		return fmt.Errorf("read evidence: %w", err)
	}
	for i, r := range records {
		if r.Rev == 0 {
			continue
		}
		if err := decode(kindEvidence, r.Body, &outcomes[i].Evidence); err != nil {
			return err
		}
	}
	return c.lookAtAttachments(ctx, repo, outcomes)
}

// lookAtAttachments tells of the attachments of outcomes whether they are here.
func (c *Catalog) lookAtAttachments(ctx context.Context, repo behavepro.RepositoryID, outcomes []*Outcome) error {
	var refs []*model.AttachmentRef
	for _, o := range outcomes {
		for i := range o.Evidence.Attachments {
			refs = append(refs, &o.Evidence.Attachments[i])
		}
	}
	for batch := range slices.Chunk(refs, 1000) {
		hashes := make([]behavepro.Hash, len(batch))
		for i, ref := range batch {
			hashes[i] = ref.Hash
		}
		known, err := c.Attachments(ctx, repo, hashes...)
		if err != nil {
			return err
		}
		for i, a := range known {
			batch[i].Stored = a != nil && a.Stored
			batch[i].Image = batch[i].Stored && a.IsImage()
		}
	}
	return nil
}

// checkAttachments verifies that each attachment that is said to be there is, and is what it says.
func (s *survey) checkAttachments(ctx context.Context) error {
	for r, err := range s.c.scope.Scan(ctx, kindAttachment, store.Range{Prefix: store.Key{string(s.repo.ID)}}) {
		if err != nil {
			return err
		}
		var a Attachment
		if err := decode(kindAttachment, r.Body, &a); err != nil {
			return err
		}
		if !a.Stored {
			continue
		}
		body, err := s.c.scope.Object(ctx, string(s.repo.ID), a.Hash.String())
		want := a.Hash
		if !a.Is.IsZero() {
			want = a.Is
		}
		what := ""
		switch {
		case errors.Is(err, behavepro.ErrNotFound):
			what = "is missing"
		case errors.Is(err, behavepro.ErrCorrupt):
			what = "cannot be opened"
		case err != nil:
			return err
		case behavepro.Hash(sha256.Sum256(body)) != want:
			what = "is not what it was"
		default:
			s.attachments++
			continue
		}
		if err := s.flaw(fmt.Sprintf("attachment %s %s; the results that name it are not touched", a.Hash, what)); err != nil {
			return err
		}
	}
	return nil
}
