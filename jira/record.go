package jira

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

var issueID = store.Field{Name: "issue", Guard: store.Plain, Why: "a number of Jira's, useless without access to the site"}

var (
	kindIssue = &store.Kind{
		Name: "jira_issue", Key: []store.Field{issueID},
		Indexes: []store.Index{
			{Name: "key", Fields: []store.Field{{Name: "key", Guard: store.Plain, Why: "an issue key, from which pages find the issue"}}},
			{Name: "project", Fields: []store.Field{{Name: "project", Guard: store.Plain, Why: "a number of Jira's; lists a project's issues"}}},
		},
		Body:  "key, former keys, summary, status, sprint, fix versions, the assignee's accountId, when it was read",
		Class: store.ClassJira, Purpose: "to show and filter scenarios by their issues",
		Retention: "until its project is no longer connected, or 30 days after Jira no longer shows it",
	}
	kindMissing = &store.Kind{
		Name: "jira_missing", Key: []store.Field{{Name: "key", Guard: store.Plain, Why: "a key-shaped word of a tag"}},
		Body:  "when Jira was asked",
		Class: store.ClassOperational, Purpose: "to tell of tags that name no issue, and not to ask Jira for them again and again",
		Retention: "until there is such an issue or no tag names it",
	}
	kindWritten = &store.Kind{
		Name: "jira_property", Key: []store.Field{issueID},
		Body:  "a hash of the issue property that was last written, whether it counted scenarios, when",
		Class: store.ClassOperational, Purpose: "to write issue properties only when they change",
		Retention: "while the app is installed and the issue exists",
	}
	kindDirty = &store.Kind{
		Name: "jira_dirty",
		Key: []store.Field{
			{Name: "what", Guard: store.Plain, Why: "issue or repository"},
			{Name: "name", Guard: store.Plain, Why: "an issue key or a repository's random id"},
		},
		Body:  "since when",
		Class: store.ClassOperational, Purpose: "to remember which issue properties are out of date while Jira cannot be reached",
		Retention: "until they are written",
	}
)

// Kinds are the record kinds of this package.
func Kinds() []*store.Kind { return []*store.Kind{kindIssue, kindMissing, kindWritten, kindDirty} }

var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		panic("cbor options: " + err.Error()) // only wrong options get here
	}
	return mode
}()

func encode(v any) []byte {
	b, err := encoding.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // the types of this package can be encoded
	}
	return b
}

func decode(kind *store.Kind, body []byte, into any) error {
	if err := cbor.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode %s: %w: %w", kind.Name, behavepro.ErrCorrupt, err)
	}
	return nil
}

func idKey(id int64) store.Key { return store.Key{strconv.FormatInt(id, 10)} }

func parseID(key store.Key) (int64, error) {
	id, err := strconv.ParseInt(key[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("issue id %q: %w", key[0], behavepro.ErrCorrupt)
	}
	return id, nil
}

// written is what was last put into an issue's property.
type written struct {
	Hash  behavepro.Hash `cbor:"1,keyasint"`
	Empty bool           `cbor:"2,keyasint"` // it counted no scenario
	At    time.Time      `cbor:"3,keyasint"`
	id    int64
	rev   store.Revision
}

// dirty says that properties are out of date.
type dirty struct {
	Since time.Time `cbor:"1,keyasint"`
	Last  time.Time `cbor:"2,keyasint"`
	what  string
	name  string
	rev   store.Revision
}

// update reads one record and writes what change makes of it, until it wins. change gets the body, nil where there is none, and
// returns the new body and index entries; a nil body writes nothing.
func update(
	ctx context.Context,
	scope *store.Scope,
	d store.Durability,
	kind *store.Kind,
	key store.Key,
	change func(body []byte) ([]byte, []store.IndexEntry, error),
) error {
	for {
		records, err := scope.Get(ctx, kind, key)
		if err != nil {
			return err
		}
		body, index, err := change(records[0].Body)
		if err != nil || body == nil {
			return err
		}
		out, err := scope.Write(ctx, d, store.Change{
			Action: store.PutIf, Kind: kind, Record: store.Record{Key: key, Body: body, Index: index, Rev: records[0].Rev},
		})
		if err != nil || out[0].Result == store.Done {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
