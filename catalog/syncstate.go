package catalog

import (
	"context"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// SyncState is how a repository's sync is doing, for people.
type SyncState struct {
	Phase    string        `cbor:"1,keyasint" json:"phase"` // waiting, fetching, reading, parsing, linking, done, failed; "" before any
	Done     int64         `cbor:"2,keyasint" json:"done"`
	Total    int64         `cbor:"3,keyasint" json:"total"`
	ETA      time.Duration `cbor:"4,keyasint" json:"eta"` // nanoseconds left; 0 is unknown
	Started  time.Time     `cbor:"5,keyasint" json:"started"`
	Finished time.Time     `cbor:"6,keyasint" json:"finished"` // of the last success
	Error    string        `cbor:"7,keyasint,omitempty" json:"error,omitempty"`
	Hint     string        `cbor:"8,keyasint,omitempty" json:"hint,omitempty"`
	First    bool          `cbor:"9,keyasint" json:"first"` // no sync has succeeded yet
	Commits  int           `cbor:"10,keyasint" json:"commits"`
	Files    int           `cbor:"11,keyasint" json:"files"`    // feature files at the default branch
	Problems int           `cbor:"12,keyasint" json:"problems"` // feature files with problems at the default branch, by CountFiles
	Wire     int64         `cbor:"13,keyasint" json:"wire"`     // bytes received by the last sync
}

// SyncState reads how a repository's sync is doing.
func (c *Catalog) SyncState(ctx context.Context, id behavepro.RepositoryID) (SyncState, error) {
	records, err := c.scope.Get(ctx, kindSyncState, store.Key{string(id)})
	if err != nil || records[0].Rev == 0 {
		return SyncState{First: true}, err
	}
	var s SyncState
	return s, decode(kindSyncState, records[0].Body, &s)
}

// PutSyncState replaces it.
func (c *Catalog) PutSyncState(ctx context.Context, id behavepro.RepositoryID, s SyncState) error {
	return c.upsert(ctx, store.Relaxed, kindSyncState, store.Key{string(id)}, encode(s))
}
