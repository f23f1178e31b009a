package model

import (
	"github.com/behavepro/behavepro"
)

// Identity is the ordered list of lineages of one feature file at one commit, one per scenario of its document.
type Identity struct {
	Scenarios []ScenarioID `cbor:"1,keyasint"`
}

// ScenarioID is the lineage of one scenario and the ids of its example rows, over all its tables in order.
type ScenarioID struct {
	Lineage behavepro.Lineage `cbor:"1,keyasint"`
	Rows    []behavepro.RowID `cbor:"2,keyasint,omitempty"`
}

// Holds reports whether a lineage is in the file.
func (id *Identity) Holds(l behavepro.Lineage) bool {
	for i := range id.Scenarios {
		if id.Scenarios[i].Lineage == l {
			return true
		}
	}
	return false
}
