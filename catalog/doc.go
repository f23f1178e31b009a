// Package catalog knows what is known of a tenant's repositories: settings, refs, commits, feature trees, identities,
// mentions and runs. It owns their record kinds and every read query over them. It never touches the network, Git or a
// report file, and it changes only what a package above asks it to write.
package catalog

import (
	"fmt"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// Catalog is one tenant's knowledge. It is safe for use by many goroutines, and caches content-addressed records, which
// never change.
type Catalog struct {
	scope      *store.Scope
	trees      *cache[treeName, *Tree]
	identities *cache[treeName, *model.Identity]
	documents  *cache[behavepro.SHA, *gherkin.Document]
	summaries  *cache[summaryName, *summary]
	subjects   *cache[behavepro.Hash, []subject] // of summaries
	outlines   *cache[outlineName, *FeatureView]
	standings  *cache[standingName, *Standing]
	ranks      *cache[rankName, *Rank]
	room       room
	clock      func() time.Time
	budget     int // outcomes that are read for a standing before scenarios are asked one by one

	mu     sync.Mutex
	graphs map[behavepro.RepositoryID]*Graph
	pushes map[behavepro.RepositoryID]*pushList

	standingUp map[standingName]chan struct{} // standings that somebody makes, closed when they are made
}

// treeName names a feature tree or an identity inside a repository.
type treeName struct {
	repository behavepro.RepositoryID
	hash       behavepro.Hash
}

// Bounds of the caches, in bytes of the encoded records or, where they are not stored, of a rough estimate. What is in
// memory takes a few times as much.
const (
	cachedTrees      = 24 << 20
	cachedIdentities = 24 << 20
	cachedDocuments  = 64 << 20
	cachedSummaries  = 16 << 20
	cachedSubjects   = 48 << 20
	cachedOutlines   = 64 << 20
	cachedStandings  = 192 << 20
	cachedRanks      = 48 << 20
)

// Open gives access to what is known of the tenant that scope belongs to.
func Open(scope *store.Scope) *Catalog {
	c := &Catalog{
		scope:      scope,
		trees:      newCache[treeName, *Tree](cachedTrees),
		identities: newCache[treeName, *model.Identity](cachedIdentities),
		documents:  newCache[behavepro.SHA, *gherkin.Document](cachedDocuments),
		summaries:  newCache[summaryName, *summary](cachedSummaries),
		subjects:   newCache[behavepro.Hash, []subject](cachedSubjects),
		outlines:   newCache[outlineName, *FeatureView](cachedOutlines),
		standings:  newCache[standingName, *Standing](cachedStandings),
		ranks:      newCache[rankName, *Rank](cachedRanks),
		clock:      time.Now,
		budget:     summaryBudget,
		graphs:     map[behavepro.RepositoryID]*Graph{},
		pushes:     map[behavepro.RepositoryID]*pushList{},
		standingUp: map[standingName]chan struct{}{},
	}
	c.standings.largest = cachedStandings // making one anew for each reader would be worse than keeping nothing else
	return c
}

// Now is the time by which quarantines end.
func (c *Catalog) Now() time.Time { return c.clock() }

// SetClock is for tests; it is called before anything is read.
func (c *Catalog) SetClock(now func() time.Time) { c.clock = now }

// encoding keeps times to the nanosecond: the start of a run decides which result is current.
var encoding = func() cbor.EncMode {
	options := cbor.CoreDetEncOptions()
	options.Time = cbor.TimeRFC3339NanoUTC
	mode, err := options.EncMode()
	if err != nil {
		panic(err) // the options are constant
	}
	return mode
}()

// encode writes a record's body. Its types are our own and always encodable.
func encode(v any) []byte {
	b, err := encoding.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}

// decoding takes what encode wrote: names in Git and texts in reports may be of no encoding, and lists may be long.
var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid, MaxArrayElements: 1<<31 - 1}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

func decode(kind *store.Kind, body []byte, v any) error {
	if err := decoding.Unmarshal(body, v); err != nil {
		return fmt.Errorf("decode a record of kind %s: %w: %w", kind.Name, behavepro.ErrCorrupt, err)
	}
	return nil
}
