package catalog

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

var kindEvidenceRule = &store.Kind{
	Name: "evidencerule", Key: []store.Field{plain("project", "a Jira project's key, looked up with each push")},
	Body:  "what is kept of messages, stacks and attachments, masking patterns, age limit",
	Class: store.ClassOperational, Personal: store.WhoChanged,
	Purpose: "what a project keeps of its evidence", Retention: "until the tenant is removed",
}

// Keep says what is kept of evidence.
type Keep string

const (
	KeepNone     Keep = "none"     // statuses, durations and failing steps alone
	KeepMessages Keep = "messages" // messages and stacks as well; the default
	KeepAll      Keep = "all"      // attachments, too
)

var keeps = []Keep{KeepNone, KeepMessages, KeepAll} // the strictest first

// Bounds of an EvidenceRule.
const (
	MaxMasks    = 50
	MaxMask     = 1000 // bytes of a pattern
	MaxKeepDays = 36500
)

// EvidenceRule is what a project keeps of what its tests say. It decides before anything is stored.
type EvidenceRule struct {
	Keep  Keep     `cbor:"1,keyasint"`
	Masks []string `cbor:"2,keyasint,omitempty"` // RE2 patterns; what they match in messages, stacks and texts becomes ***
	Days  int      `cbor:"3,keyasint,omitempty"` // evidence that is older goes; 0 keeps it as long as its results

	ChangedBy behavepro.Change `cbor:"4,keyasint,omitzero"`

	Rev store.Revision `cbor:"-"`
}

// Check refuses a rule that cannot work, all mistakes at once.
func (r *EvidenceRule) Check() error {
	var mistakes []error
	if !slices.Contains(keeps, r.Keep) {
		mistakes = append(mistakes, behavepro.Explain(behavepro.ErrInvalid, fmt.Sprintf("evidence %q", r.Keep), "use none, messages or all"))
	}
	if r.Days < 0 || r.Days > MaxKeepDays {
		mistakes = append(
			mistakes,
			behavepro.Explain(
				behavepro.ErrInvalid,
				fmt.Sprintf("an age limit of %d days", r.Days),
				fmt.Sprintf("use 0 for none, or 1 to %d", MaxKeepDays),
			),
		)
	}
	if len(r.Masks) > MaxMasks {
		mistakes = append(
			mistakes,
			behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("more than %d masking patterns", MaxMasks), "put some together with |"),
		)
	}
	for _, mask := range r.Masks {
		if _, err := compileMask(mask); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	return errors.Join(mistakes...)
}

func compileMask(text string) (*regexp.Regexp, error) {
	if text == "" || len(text) > MaxMask {
		return nil, behavepro.Explain(
			behavepro.ErrInvalid,
			fmt.Sprintf("a masking pattern of %d bytes", len(text)),
			fmt.Sprintf("use 1 to %d", MaxMask),
		)
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, behavepro.Explain(
			fmt.Errorf("%w: %w", behavepro.ErrInvalid, err),
			fmt.Sprintf("masking pattern %q cannot be read", text),
			"write it as RE2: https://github.com/google/re2/wiki/Syntax",
		)
	}
	if pattern.MatchString("") {
		return nil, behavepro.Explain(
			behavepro.ErrInvalid,
			fmt.Sprintf("masking pattern %q matches nothing at all", text),
			"let it match at least one character",
		)
	}
	return pattern, nil
}

// EvidenceRule reads what a project keeps; the default where nobody decided.
func (c *Catalog) EvidenceRule(ctx context.Context, project behavepro.ProjectKey) (EvidenceRule, error) {
	rule := EvidenceRule{Keep: KeepMessages}
	records, err := c.scope.Get(ctx, kindEvidenceRule, store.Key{string(project)})
	if err != nil {
		return rule, fmt.Errorf("read what %s keeps: %w", project, err)
	}
	if records[0].Rev == 0 {
		return rule, nil
	}
	rule.Rev = records[0].Rev
	return rule, decode(kindEvidenceRule, records[0].Body, &rule)
}

// PutEvidenceRule decides what a project keeps from now on. A lost race is ErrConflict.
func (c *Catalog) PutEvidenceRule(ctx context.Context, project behavepro.ProjectKey, rule *EvidenceRule) error {
	if err := rule.Check(); err != nil {
		return err
	}
	rev, err := c.put(ctx, store.Durable, kindEvidenceRule, store.Key{string(project)}, rule.Rev, encode(rule))
	if err != nil {
		return fmt.Errorf("write what %s keeps: %w", project, err)
	}
	rule.Rev = rev
	return nil
}

// Masking is an EvidenceRule that is ready to be used.
type Masking struct {
	EvidenceRule
	patterns []*regexp.Regexp
}

// EvidenceOf puts the rules of projects together: the strictest of each, and all patterns.
func (c *Catalog) EvidenceOf(ctx context.Context, projects []behavepro.ProjectKey) (Masking, error) {
	m := Masking{EvidenceRule: EvidenceRule{Keep: KeepAll}}
	if len(projects) == 0 {
		m.Keep = KeepMessages
	}
	for _, project := range projects {
		rule, err := c.EvidenceRule(ctx, project)
		if err != nil {
			return m, err
		}
		m.Keep = keeps[min(slices.Index(keeps, m.Keep), max(0, slices.Index(keeps, rule.Keep)))]
		if rule.Days > 0 && (m.Days == 0 || rule.Days < m.Days) {
			m.Days = rule.Days
		}
		for _, mask := range rule.Masks {
			pattern, err := compileMask(mask)
			if err != nil {
				return m, fmt.Errorf("read what %s keeps: %w", project, err)
			}
			m.Masks, m.patterns = append(m.Masks, mask), append(m.patterns, pattern)
		}
	}
	return m, nil
}

// Mask hides what the patterns match.
func (m *Masking) Mask(text string) string {
	for _, p := range m.patterns {
		text = p.ReplaceAllLiteralString(text, "***")
	}
	return text
}

// MaskBody hides what the patterns match in content that is text.
func (m *Masking) MaskBody(body []byte) []byte {
	if len(m.patterns) == 0 || !model.IsText(body) {
		return body
	}
	return []byte(m.Mask(string(body)))
}

// oldPushes lists the pushes of a repository that were received before a time and still have evidence.
func (c *Catalog) oldPushes(ctx context.Context, repo behavepro.RepositoryID, before time.Time) ([]*Push, error) {
	all, err := c.scanPushes(ctx, store.Range{Index: "received", Prefix: store.Key{string(repo)}, To: before.UTC().Format(receivedForm)})
	return slices.DeleteFunc(all, func(p *Push) bool { return p.Aged || p.State != PushMatched }), err
}

// AgeEvidence deletes the evidence of a repository's matched pushes that were received before a time: messages, stacks, names of
// attachments, and attachments that no later push named. strip takes the evidence out of a chunk.
func (c *Catalog) AgeEvidence(
	ctx context.Context,
	repo behavepro.RepositoryID,
	before time.Time,
	strip func(chunk []byte) ([]byte, error),
) (pushes int, err error) {
	old, err := c.oldPushes(ctx, repo, before)
	if err != nil {
		return 0, err
	}
	for _, p := range old {
		if err := c.agePush(ctx, p, strip); err != nil {
			return pushes, fmt.Errorf("delete evidence of push %s: %w", p.ID, err)
		}
		pushes++
	}
	return pushes, c.ageAttachments(ctx, repo, DayOf(before))
}

func (c *Catalog) agePush(ctx context.Context, p *Push, strip func([]byte) ([]byte, error)) error {
	for r, err := range c.scope.Scan(ctx, kindChunk, store.Range{Prefix: store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload}}) {
		if err != nil {
			return err
		}
		body, err := strip(r.Body)
		if err != nil {
			return err
		}
		change := store.Change{Action: store.PutIf, Kind: kindChunk, Record: store.Record{Key: r.Key, Body: body, Rev: r.Rev}}
		if _, err := c.scope.Write(ctx, store.Relaxed, change); err != nil {
			return err
		}
	}
	outcomes, err := c.Summary(ctx, p)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(outcomes, 1000) {
		if err := c.ageRows(ctx, p.Repository, batch); err != nil {
			return err
		}
	}
	p.Aged = true
	return c.PutPush(ctx, p)
}

// ageRows takes the messages out of rows and deletes what is kept beside them.
func (c *Catalog) ageRows(ctx context.Context, repo behavepro.RepositoryID, outcomes []Outcome) error {
	keys := make([]store.Key, len(outcomes))
	for i := range outcomes {
		keys[i] = rowKey(repo, &outcomes[i])
	}
	rows, err := c.scope.Get(ctx, kindRow, keys...)
	if err != nil {
		return err
	}
	beside, err := c.scope.Get(ctx, kindEvidence, keys...)
	if err != nil {
		return err
	}
	var changes []store.Change
	for i := range rows {
		if beside[i].Rev != 0 {
			changes = append(
				changes,
				store.Change{Action: store.DeleteIf, Kind: kindEvidence, Record: store.Record{Key: keys[i], Rev: beside[i].Rev}},
			)
		}
		if rows[i].Rev == 0 {
			continue
		}
		var o Outcome
		if err := decode(kindRow, rows[i].Body, &o); err != nil {
			return err
		}
		if o.Message != "" {
			o.Message = ""
			changes = append(
				changes,
				store.Change{Action: store.PutIf, Kind: kindRow, Record: store.Record{Key: keys[i], Body: encode(&o), Rev: rows[i].Rev}},
			)
		}
	}
	_, err = c.scope.Write(ctx, store.Relaxed, changes...)
	return err
}

// ageAttachments deletes what no push named since a day: the record first, so that none says that something is there which is not.
func (c *Catalog) ageAttachments(ctx context.Context, repo behavepro.RepositoryID, before Day) error {
	for r, err := range c.scope.Scan(ctx, kindAttachment, store.Range{Prefix: store.Key{string(repo)}}) {
		if err != nil {
			return fmt.Errorf("delete old attachments: %w", err)
		}
		var a Attachment
		if err := decode(kindAttachment, r.Body, &a); err != nil {
			return err
		}
		if a.Seen >= before {
			continue
		}
		out, err := c.scope.Write(
			ctx,
			store.Durable,
			store.Change{Action: store.DeleteIf, Kind: kindAttachment, Record: store.Record{Key: r.Key, Rev: r.Rev}},
		)
		if err != nil {
			return fmt.Errorf("delete old attachments: %w", err)
		}
		if out[0].Result != store.Done {
			continue // it was named again
		}
		if err := c.scope.DropObject(ctx, string(repo), a.Hash.String()); err != nil {
			return fmt.Errorf("delete old attachments: %w", err)
		}
	}
	return nil
}
