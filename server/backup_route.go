package server

import (
	"io"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/server/backup"
	"github.com/behavepro/behavepro/web"
)

// sendBackup answers with a backup of the whole store. It belongs to the tenant local, whose admin runs the server.
func (a *App) sendBackup(x *web.Request) error {
	if x.Tenant != behavepro.Local {
		return behavepro.Explain(behavepro.ErrForbidden, "the backup of the server is not yours", "")
	}
	if !a.backingUp.TryLock() {
		return behavepro.Explain(behavepro.ErrConflict, "another backup is being made", "wait for it")
	}
	defer a.backingUp.Unlock()
	a.conf.Log.Info("backup", "by", x.Principal.TokenID)
	// What breaks off on the way lacks its end, and the reader says so.
	return backup.Write(x.R.Context(), a.store, a.conf.Data, a.conf.Version.Version, x.Now, func() {
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
