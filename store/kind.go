package store

// Kind declares a kind of record once, in the package that owns it. A record is key + index entries + one sealed body.
type Kind struct {
	Name      string
	Key       []Field // the parts of the key, in order
	Indexes   []Index
	Body      string // what the sealed body holds, for the data statement
	Class     Class
	Personal  string // what else the body holds, about a person; "" is nothing
	Purpose   string
	Retention string
	Leaves    bool // whether it may leave its region
	Directory bool // lives in the directory, which only Store opens, not in a tenant's scope
}

// WhoChanged is what a kind whose records hold a behavepro.Change says as Personal.
const WhoChanged = "who created or changed it (the accountId of a person in Jira, or the ID of a token), when, " +
	"and through which entry point"

// Field is a part of a key or of an index value.
type Field struct {
	Name  string
	Guard Guard
	Why   string // the reason, for Plain
}

// Guard says how a key or index field is stored. A body is always sealed.
type Guard int

const (
	Keyed Guard = iota // a hash under the tenant's PRF key: equality only. The default
	Plain              // as it is, with a reason
)

// Index is a named ordered list of fields. A record may have several entries in it, or none.
type Index struct {
	Name   string
	Fields []Field
}

// Class is the data class of a kind.
type Class string

const (
	ClassJira        Class = "jira"
	ClassAuthored    Class = "authored"
	ClassGit         Class = "git"
	ClassResult      Class = "result"
	ClassEvidence    Class = "evidence"
	ClassPersonal    Class = "personal"
	ClassOperational Class = "operational"
)
