package api

import (
	"fmt"
	"net/http"

	"github.com/behavepro/behavepro"
)

func health(x *Exchange) error { return x.reply(http.StatusOK, map[string]string{"status": "ok"}) }

func ready(x *Exchange) error {
	if x.s.opt.Ready != nil {
		if err := x.s.opt.Ready(); err != nil {
			return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), "not ready", "")
		}
	}
	return x.reply(http.StatusOK, map[string]string{"status": "ready"})
}

func version(x *Exchange) error { return x.reply(http.StatusOK, x.s.opt.Version) }
