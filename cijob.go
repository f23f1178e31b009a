package behavepro

// CIJob is what the ID token of a CI service proves of the job that sent results: the service signed it, nobody typed it in.
type CIJob struct {
	Issuer  string `cbor:"1,keyasint" json:"issuer"`          // such as https://token.actions.githubusercontent.com
	Subject string `cbor:"2,keyasint" json:"subject"`         // as the service names the job
	Ref     string `cbor:"3,keyasint,omitempty" json:"ref"`   // such as refs/heads/main
	Event   string `cbor:"4,keyasint,omitempty" json:"event"` // what started it, such as push or pull_request
}
