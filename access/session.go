package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Ticket is the wish for a link that opens the local pages.
type Ticket struct {
	Grant
	Until    time.Time // when the ticket ends
	Reusable bool      // else it opens one session; the sessions of a reusable one end with it
	By       string    // the ID of the token that asks for it; "" is the server itself
}

// entry is what a record of a ticket or session holds.
type entry struct {
	Grant    Grant     `cbor:"1,keyasint"`
	Until    time.Time `cbor:"2,keyasint"`
	Reusable bool      `cbor:"3,keyasint"`
	By       string    `cbor:"4,keyasint,omitempty"`
}

// NewTicket makes a ticket and returns its text, which nobody can read again.
func (r *Registry) NewTicket(ctx context.Context, wish Ticket) (behavepro.Secret, error) {
	if err := wish.check(); err != nil {
		return behavepro.Secret{}, fmt.Errorf("make ticket: %w", err)
	}
	secret, err := r.newEntry(ctx, ticketKind, entry{wish.Grant, wish.Until.UTC(), wish.Reusable, wish.By})
	if err != nil {
		return behavepro.Secret{}, fmt.Errorf("make ticket: %w", err)
	}
	return secret, nil
}

// Redeem turns a ticket into a session that lasts for ttl, and returns the value of its cookie and its end. An unknown,
// expired or used ticket is ErrUnauthenticated; of two that redeem one ticket at once only one gets in.
func (r *Registry) Redeem(
	ctx context.Context,
	ticket string,
	now time.Time,
	ttl time.Duration,
) (cookie behavepro.Secret, until time.Time, err error) {
	key := entryKey(ticket)
	var e entry
	rev, err := r.get(ctx, ticketKind, key, &e)
	if err != nil {
		return behavepro.Secret{}, time.Time{}, fmt.Errorf("redeem ticket: %w", err)
	}
	if rev == 0 || !now.Before(e.Until) {
		return behavepro.Secret{}, time.Time{}, errUsed
	}
	until = now.Add(ttl).UTC()
	if e.Reusable && e.Until.Before(until) {
		until = e.Until
	}
	if !e.Reusable {
		if err := r.remove(ctx, ticketKind, key, rev); errors.Is(err, behavepro.ErrConflict) {
			return behavepro.Secret{}, time.Time{}, errUsed
		} else if err != nil {
			return behavepro.Secret{}, time.Time{}, fmt.Errorf("redeem ticket: %w", err)
		}
	}
	cookie, err = r.newEntry(ctx, sessionKind, entry{Grant: e.Grant, Until: until, By: e.By})
	if err != nil {
		return behavepro.Secret{}, time.Time{}, fmt.Errorf("redeem ticket: %w", err)
	}
	return cookie, until, nil
}

var errUsed = behavepro.Explain(behavepro.ErrUnauthenticated, "this link is used up or has expired", "syncd open prints a new one")

// Session turns a cookie's value into who it stands for; an unknown or expired one is ErrUnauthenticated.
func (r *Registry) Session(ctx context.Context, cookie string, now time.Time) (Principal, error) {
	var e entry
	rev, err := r.get(ctx, sessionKind, entryKey(cookie), &e)
	if err != nil {
		return Principal{}, fmt.Errorf("find session: %w", err)
	}
	if rev == 0 || !now.Before(e.Until) {
		return Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated, "there is no session, or it has expired", "syncd open prints a link")
	}
	return Principal{Grant: e.Grant, Name: "session", Entry: behavepro.EntryPages, LinkedBy: e.By}, nil
}

// End ends a session at once. One that is unknown has ended.
func (r *Registry) End(ctx context.Context, cookie string) error {
	if err := r.scope.Drop(ctx, sessionKind, store.Key{entryKey(cookie)}); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Sweep removes tickets and sessions that have expired.
func (r *Registry) Sweep(ctx context.Context, now time.Time) error {
	for _, kind := range []*store.Kind{ticketKind, sessionKind} {
		for record, err := range r.scope.Scan(ctx, kind, store.Range{Index: "end", To: timeText(now.Add(1)), KeysOnly: true}) {
			if err == nil {
				err = r.remove(ctx, kind, record.Key[0], record.Rev)
			}
			if err != nil && !errors.Is(err, behavepro.ErrConflict) {
				return fmt.Errorf("sweep sessions: %w", err)
			}
		}
	}
	return nil
}

func (r *Registry) newEntry(ctx context.Context, kind *store.Kind, e entry) (behavepro.Secret, error) {
	secret := newSecret()
	err := r.put(ctx, store.Durable, kind, entryKey(secret), 0, e, "end", timeText(e.Until))
	return behavepro.NewSecret(secret), err
}

// entryKey is what a ticket or cookie is found by. The scope hashes it again under a key, so that the store's file alone
// does not even tell whether a guess is right.
func entryKey(secret string) string { return fmt.Sprintf("%x", hashOf(secret)) }
