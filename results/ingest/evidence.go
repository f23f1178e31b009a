package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/results/report"
)

// maxNamed bounds the attachments of a push.
const maxNamed = 100_000

// evidence is what the projects of a push's repository keep; of one that names none, the strictest of its token's projects and of those of
// all repositories that it may belong to.
func (in Ingest) evidence(ctx context.Context, p *catalog.Push) (catalog.Masking, error) {
	projects, err := in.keepers(ctx, p)
	if err != nil {
		return catalog.Masking{}, err
	}
	rule, err := in.Catalog.EvidenceOf(ctx, projects)
	if p.NamesNone() && rule.Keep == catalog.KeepAll {
		rule.Keep = catalog.KeepMessages // attachments belong to a repository, which is not known
	}
	return rule, err
}

// keepers lists the projects that decide what is kept of a push.
func (in Ingest) keepers(ctx context.Context, p *catalog.Push) ([]behavepro.ProjectKey, error) {
	if !p.NamesNone() {
		repo, err := in.Catalog.Repository(ctx, p.Repository)
		if err != nil {
			return nil, err
		}
		return repo.Projects, nil
	}
	repos, err := in.Catalog.Repositories(ctx)
	projects := slices.Clone(p.Projects)
	for _, repo := range repos {
		if p.MayBelongTo(repo) {
			projects = append(projects, repo.Projects...)
		}
	}
	slices.Sort(projects)
	return slices.Compact(projects), err
}

// keep takes out of a result what is not kept, before anything of it is stored.
func (r *receiving) keep(one *report.Reported) {
	if r.evidence.Keep == catalog.KeepNone {
		one.Message, one.Stack, one.Cut = "", "", false
	} else {
		one.Message, one.Stack = r.evidence.Mask(one.Message), r.evidence.Mask(one.Stack)
	}
	if r.evidence.Keep != catalog.KeepAll {
		r.unkept += len(one.Attachments)
		one.Attachments = nil
	}
	for i := range one.Attachments {
		ref := &one.Attachments[i]
		ref.Name = r.evidence.Mask(ref.Name)
		if r.named == nil {
			r.named = map[behavepro.Hash]model.AttachmentRef{}
		}
		if _, known := r.named[ref.Hash]; !known && len(r.named) == maxNamed {
			r.dropped++
			continue
		}
		r.named[ref.Hash] = *ref
	}
}

// attached stores content that came inside a report, as of clients that do not split it off.
func (r *receiving) attached(ctx context.Context, h behavepro.Hash, content []byte) error {
	if r.evidence.Keep != catalog.KeepAll {
		return nil
	}
	ref := model.AttachmentRef{Hash: h, Size: len(content)}
	if err := r.in.Catalog.ExpectAttachments(ctx, r.push.UploadTo, []model.AttachmentRef{ref}, r.now); err != nil {
		return err
	}
	err := r.in.Catalog.PutAttachment(ctx, r.push.UploadTo, h, r.evidence.MaskBody(content))
	if errors.Is(err, behavepro.ErrLimit) { // it is left out, never its result
		r.full.Add(1)
		return nil
	}
	return err
}

// MissingAttachments are those, of some that a push names, whose content is not here. What is not kept is not missing.
func (in Ingest) MissingAttachments(ctx context.Context, p *catalog.Push, hashes []behavepro.Hash) ([]behavepro.Hash, error) {
	known, err := in.Catalog.Attachments(ctx, p.UploadTo, hashes...)
	if err != nil {
		return nil, err
	}
	var missing []behavepro.Hash
	for _, a := range known {
		if a != nil && !a.Stored {
			missing = append(missing, a.Hash)
		}
	}
	return missing, nil
}

// TakeAttachment stores the content of an attachment that a push names; what is here already stays. Content that has another hash is
// ErrInvalid.
func (in Ingest) TakeAttachment(ctx context.Context, p *catalog.Push, h behavepro.Hash, content []byte) error {
	if is := behavepro.Hash(sha256.Sum256(content)); is != h {
		return behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("the content's SHA-256 is %s, not %s", is, h), "send it again")
	}
	rule, err := in.evidence(ctx, p)
	if err != nil {
		return err
	}
	if rule.Keep != catalog.KeepAll {
		return behavepro.Explain(
			behavepro.ErrForbidden,
			"attachments are not kept here",
			"behavepro evidence --keep all keeps those of later pushes",
		)
	}
	return in.Catalog.PutAttachment(ctx, p.UploadTo, h, rule.MaskBody(content))
}

// Age deletes the evidence that is older than the projects of its repository keep it.
func (in Ingest) Age(ctx context.Context, now time.Time) error {
	repos, err := in.Catalog.Repositories(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, repo := range repos {
		rule, err := in.Catalog.EvidenceOf(ctx, repo.Projects)
		if err == nil && rule.Days > 0 {
			_, err = in.Catalog.AgeEvidence(ctx, repo.ID, now.AddDate(0, 0, -rule.Days), stripChunk)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("age evidence of %s: %w", repo.Name, err))
		}
	}
	return errors.Join(errs...)
}

// stripChunk takes the evidence out of a chunk.
func stripChunk(body []byte) ([]byte, error) {
	c, err := decodeChunk(body)
	if err != nil {
		return nil, err
	}
	for i := range c.Results {
		r := &c.Results[i]
		r.Message, r.Stack, r.Attachments = "", "", nil
	}
	return c.encode(), nil
}
