package connect

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/store"
	"github.com/fxamacker/cbor/v2"
)

var rulesKind = &store.Kind{
	Name:  "connect_rules",
	Key:   []store.Field{{Name: "of", Guard: store.Plain, Why: "always the same: a tenant has one record"}},
	Body:  "whether admins of projects may connect repositories, whether people who are not signed in may see pages",
	Class: store.ClassOperational, Personal: store.WhoChanged, Purpose: "do what a Jira site's admins decided for it",
	Retention: "until the tenant is removed",
}

var rulesKey = store.Key{"site"}

type rulesBody struct {
	ProjectAdmins bool `cbor:"1,keyasint,omitempty"`
	Anonymous     bool `cbor:"2,keyasint,omitempty"`

	ChangedBy behavepro.Change `cbor:"3,keyasint,omitzero"`
}

// Rules keep what the admins of a tenant's site decided. Nothing kept means that nothing is allowed.
type Rules struct{ Scope *store.Scope }

var _ pages.Site = Rules{}

// Rules reads them.
func (r Rules) Rules(ctx context.Context) (pages.Rules, error) {
	record, err := r.record(ctx)
	if err != nil {
		return pages.Rules{}, err
	}
	return decodeRules(&record)
}

func decodeRules(record *store.Record) (pages.Rules, error) {
	if record.Rev == 0 {
		return pages.Rules{}, nil
	}
	var body rulesBody
	if err := cbor.Unmarshal(record.Body, &body); err != nil {
		return pages.Rules{}, fmt.Errorf("decode %s: %w: %w", rulesKind.Name, behavepro.ErrCorrupt, err)
	}
	return pages.Rules{ProjectAdmins: body.ProjectAdmins, Anonymous: body.Anonymous, ChangedBy: body.ChangedBy}, nil
}

func (r Rules) record(ctx context.Context) (store.Record, error) {
	records, err := r.Scope.Get(ctx, rulesKind, rulesKey)
	if err != nil {
		return store.Record{}, fmt.Errorf("read the site's rules: %w", err)
	}
	return records[0], nil
}

// SetRules writes them. Who loses a race is told, by ErrConflict: the other one decided something else.
func (r Rules) SetRules(ctx context.Context, is pages.Rules) error {
	was, err := r.record(ctx)
	if err != nil {
		return err
	}
	return r.write(ctx, was.Rev, is)
}

func (r Rules) write(ctx context.Context, rev store.Revision, is pages.Rules) error {
	body, err := encoding.Marshal(rulesBody{is.ProjectAdmins, is.Anonymous, is.ChangedBy})
	if err != nil {
		return fmt.Errorf("encode the site's rules: %w", err)
	}
	out, err := r.Scope.Write(ctx, store.Durable, store.Change{
		Action: store.PutIf, Kind: rulesKind, Record: store.Record{Key: rulesKey, Body: body, Rev: rev},
	})
	if err != nil {
		return fmt.Errorf("write the site's rules: %w", err)
	}
	if out[0].Result != store.Done {
		return behavepro.Explain(behavepro.ErrConflict, "somebody else changed these settings at the same time", "look at them again")
	}
	return nil
}

// EditChanges calls edit with who decided the rules, and writes them if it returns true. If it loses a race it returns ErrConflict.
func (r Rules) EditChanges(ctx context.Context, edit func(*behavepro.Change) bool) error {
	record, err := r.record(ctx)
	if err != nil {
		return err
	}
	is, err := decodeRules(&record)
	if err != nil || !edit(&is.ChangedBy) {
		return err
	}
	return r.write(ctx, record.Rev, is)
}

// rules are what the admins of a visitor's site decided. What cannot be read is not allowed.
func (a *App) rules(ctx context.Context, tenant behavepro.TenantID) pages.Rules {
	if a.opt.Rules == nil {
		return pages.Rules{}
	}
	book, err := a.opt.Rules(ctx, tenant)
	var is pages.Rules
	if err == nil {
		is, err = book.Rules(ctx)
	}
	if err != nil {
		a.opt.Logger.Error("a site's rules cannot be read: the strictest hold", "tenant", string(tenant), "error", err.Error())
		return pages.Rules{}
	}
	return is
}
