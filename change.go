package behavepro

import "time"

// AccountID is the accountId of a person in Jira: opaque, and never a name.
type AccountID string

// Entry is an entry point through which people change something.
type Entry string

// The entry points. Operator is the machine of the server itself, where nobody signs in.
const (
	EntryAPI      Entry = "api"
	EntryPages    Entry = "pages"
	EntryJira     Entry = "jira"
	EntryOperator Entry = "operator"
)

// Change says who changed a record, when, and through which entry point. The zero Change is that of a record written before changes
// were noted.
type Change struct {
	Person  AccountID `cbor:"1,keyasint,omitempty"` // in Jira; "" outside it
	Token   string    `cbor:"2,keyasint,omitempty"` // the ID of the API token or trust; of local pages, of the token that asked for the link
	At      time.Time `cbor:"3,keyasint"`
	Through Entry     `cbor:"4,keyasint,omitempty"`
}
