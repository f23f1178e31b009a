package sync

import (
	"github.com/behavepro/behavepro/sync/lineage"
)

// Bounds of what a server may send; over them a sync fails and says which.
const (
	MaxPackBytes   = 16 << 30
	MaxPackObjects = 100_000_000
	MaxTreeBytes   = 64 << 20 // of one commit or tree object
	MaxHaves       = 256
	wantsPerFetch  = 10_000
)

// bounds are what an engine takes from a server. Tests make them small.
type bounds struct {
	packBytes, packObjects int64
	treeBytes              int64
	brought                int
	pairs                  int
}

var allBounds = bounds{
	packBytes:   MaxPackBytes,
	packObjects: MaxPackObjects,
	treeBytes:   MaxTreeBytes,
	brought:     MaxBrought,
	pairs:       lineage.MaxPairs,
}
