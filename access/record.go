package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/fxamacker/cbor/v2"
)

const randomWhy = "random; useless without the secret"

var (
	tokenKind = &store.Kind{
		Name:      "access_token",
		Key:       []store.Field{{Name: "id", Guard: store.Plain, Why: randomWhy}},
		Indexes:   []store.Index{{Name: "tenant", Fields: []store.Field{{Name: "tenant", Guard: store.Plain, Why: "lists a tenant's tokens"}}}},
		Body:      "name, hash of the secret, what it allows, when it was made, used, revoked and ends",
		Class:     store.ClassOperational,
		Personal:  store.WhoChanged,
		Purpose:   "authenticate API clients",
		Retention: "until the tenant is removed",
		Directory: true,
	}
	trustKind = &store.Kind{
		Name:      "access_trust",
		Key:       []store.Field{{Name: "id", Guard: store.Plain, Why: "random; opens nothing"}},
		Indexes:   []store.Index{{Name: "tenant", Fields: []store.Field{{Name: "tenant", Guard: store.Plain, Why: "lists a tenant's trusts"}}}},
		Body:      "a CI service, the ids of a repository and its owner there, refs and events, the projects that its jobs reach",
		Class:     store.ClassOperational,
		Personal:  store.WhoChanged,
		Purpose:   "let jobs of a CI service push results without an API token",
		Retention: "until it or the tenant is removed",
		Directory: true,
	}
	ticketKind  = entryKind("access_ticket", "open the local pages by a printed link")
	sessionKind = entryKind("access_session", "keep a browser signed in to the local pages")
	hookKind    = &store.Kind{
		Name: "access_hook",
		Key:  []store.Field{{Name: "id"}},
		Indexes: []store.Index{{Name: "repository", Fields: []store.Field{
			{Name: "tenant", Guard: store.Plain, Why: "finds a tenant's hooks"},
			{Name: "repository", Guard: store.Plain, Why: "finds a repository's hooks; a random id"},
		}}},
		Body:      "tenant, repository, the secret that the Git host signs with",
		Class:     store.ClassOperational,
		Personal:  store.WhoChanged,
		Purpose:   "recognise a Git host's webhook calls",
		Retention: "until the repository is removed or the hook is rotated",
		Directory: true,
	}
)

func entryKind(name, purpose string) *store.Kind {
	return &store.Kind{
		Name:      name,
		Key:       []store.Field{{Name: "hash"}},
		Indexes:   []store.Index{{Name: "end", Fields: []store.Field{{Name: "end", Guard: store.Plain, Why: "finds what has expired"}}}},
		Body:      "what it allows, until when, the ID of the token that asked for it",
		Class:     store.ClassOperational,
		Purpose:   purpose,
		Retention: "until it expires",
		Directory: true,
	}
}

// Kinds are the record kinds of this package.
func Kinds() []*store.Kind {
	return []*store.Kind{tokenKind, ticketKind, sessionKind, hookKind, trustKind}
}

var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		panic("cbor options: " + err.Error()) // only wrong options get here
	}
	return mode
}()

// newSecret is a random text of 260 bits: lowercase letters and digits.
func newSecret() string { return strings.ToLower(rand.Text() + rand.Text()) }

// newID is a random text of 100 bits: lowercase letters and digits.
func newID() string { return strings.ToLower(rand.Text()[:20]) }

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// get reads a record; rev 0 is none.
func (r *Registry) get(ctx context.Context, kind *store.Kind, key string, into any) (store.Revision, error) {
	if key == "" {
		return 0, nil
	}
	records, err := r.scope.Get(ctx, kind, store.Key{key})
	if err != nil || records[0].Rev == 0 {
		return 0, err
	}
	return records[0].Rev, decode(kind, records[0].Body, into)
}

func decode(kind *store.Kind, body []byte, into any) error {
	if err := cbor.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode %s: %w: %w", kind.Name, behavepro.ErrCorrupt, err)
	}
	return nil
}

// put writes a record if it still has the revision, else it is ErrConflict.
func (r *Registry) put(
	ctx context.Context,
	d store.Durability,
	kind *store.Kind,
	key string,
	rev store.Revision,
	body any,
	index string,
	value ...string,
) error {
	encoded, err := encoding.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind.Name, err)
	}
	record := store.Record{Key: store.Key{key}, Body: encoded, Rev: rev, Index: []store.IndexEntry{{Index: index, Value: value}}}
	return r.write(ctx, d, store.Change{Action: store.PutIf, Kind: kind, Record: record})
}

func (r *Registry) remove(ctx context.Context, kind *store.Kind, key string, rev store.Revision) error {
	return r.write(ctx, store.Durable, store.Change{Action: store.DeleteIf, Kind: kind, Record: store.Record{Key: store.Key{key}, Rev: rev}})
}

func (r *Registry) write(ctx context.Context, d store.Durability, change store.Change) error {
	out, err := r.scope.Write(ctx, d, change)
	if err != nil {
		return err
	}
	if out[0].Result != store.Done {
		return fmt.Errorf("write %s: %w", change.Kind.Name, behavepro.ErrConflict)
	}
	return nil
}

// timeText keeps the order of times from 1970 on.
func timeText(t time.Time) string { return fmt.Sprintf("%019d", max(0, t.UnixNano())) }
