package connect

import (
	"fmt"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/fxamacker/cbor/v2"
)

var installKind = &store.Kind{
	Name: "connect_install",
	Key:  []store.Field{{Name: "client"}},
	Indexes: []store.Index{{Name: "tenant", Fields: []store.Field{
		{Name: "tenant", Guard: store.Plain, Why: "finds a tenant's installs; a random id"},
	}}},
	Body: "the client key of a Jira site's install, its tenant, addresses, state and times, the secret that both sides sign with, " +
		"the ids of a Forge app that took it over",
	Class:     store.ClassOperational,
	Purpose:   "recognise a Jira site, call it back, and know who may frame its pages",
	Retention: "the secret until the app is uninstalled; the rest until the tenant is removed",
	Directory: true,
}

// Kinds are the record kinds of this package.
func Kinds() []*store.Kind { return []*store.Kind{installKind, rulesKind} }

// installBody is what a record of installKind holds.
type installBody struct {
	ClientKey      string             `cbor:"1,keyasint"`
	Tenant         behavepro.TenantID `cbor:"2,keyasint"`
	State          State              `cbor:"3,keyasint"`
	BaseURL        string             `cbor:"4,keyasint"`
	DisplayURL     string             `cbor:"5,keyasint"`
	Secret         string             `cbor:"6,keyasint"`
	InstallationID string             `cbor:"7,keyasint"`
	OAuthClientID  string             `cbor:"8,keyasint"`
	Product        string             `cbor:"9,keyasint"`
	Created        time.Time          `cbor:"10,keyasint"`
	LastInstall    time.Time          `cbor:"11,keyasint"`
	Approved       time.Time          `cbor:"12,keyasint"`
	Ended          time.Time          `cbor:"13,keyasint"`
}

func (b *installBody) install() Install {
	return Install{
		ClientKey: b.ClientKey, Tenant: b.Tenant, State: b.State, BaseURL: b.BaseURL, DisplayURL: b.DisplayURL,
		Secret: behavepro.NewSecret(b.Secret), InstallationID: b.InstallationID, OAuthClientID: b.OAuthClientID, Product: b.Product,
		Created: b.Created, LastInstall: b.LastInstall, Approved: b.Approved, Ended: b.Ended,
	}
}

func bodyOf(i *Install) installBody {
	return installBody{
		ClientKey: i.ClientKey, Tenant: i.Tenant, State: i.State, BaseURL: i.BaseURL, DisplayURL: i.DisplayURL,
		Secret: i.Secret.Reveal(), InstallationID: i.InstallationID, OAuthClientID: i.OAuthClientID, Product: i.Product,
		Created: i.Created, LastInstall: i.LastInstall, Approved: i.Approved, Ended: i.Ended,
	}
}

var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
	if err != nil {
		panic("cbor options: " + err.Error()) // only wrong options get here
	}
	return mode
}()

func decodeInstall(record *store.Record) (Install, error) {
	var body installBody
	if err := cbor.Unmarshal(record.Body, &body); err != nil {
		return Install{}, fmt.Errorf("decode %s: %w: %w", installKind.Name, behavepro.ErrCorrupt, err)
	}
	return body.install(), nil
}
