package main

import (
	"io"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api"
)

// sendBackup answers with a backup of the whole store. It belongs to the tenant local, whose admin runs the server.
func (r *rooms) sendBackup(x *api.Exchange) error {
	if x.Tenant != behavepro.Local {
		return behavepro.Explain(behavepro.ErrForbidden, "the backup of the server is not yours", "")
	}
	if !r.backingUp.TryLock() {
		return behavepro.Explain(behavepro.ErrConflict, "another backup is being made", "wait for it")
	}
	defer r.backingUp.Unlock()
	r.log.Info("backup", "by", x.Principal.TokenID)
	// What breaks off on the way lacks its end, and the reader says so.
	return makeBackup(x.R.Context(), r.store, r.data, x.Now, func() {
		x.W.Header().Set("Content-Type", "application/x-tar")
		x.W.Header().Set("Cache-Control", "no-store")
	}, &patient{x.W, http.NewResponseController(x.W)})
}

// patient gives a client time as long as it takes what is sent.
type patient struct {
	io.Writer
	control *http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(time.Minute)) // a connection without deadlines has none to move
	return p.Writer.Write(b)
}
