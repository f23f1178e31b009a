package api

import (
	"fmt"
	"net/http"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web"
)

func (s *Server) health(x *web.Request) error {
	return x.Reply(http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) ready(x *web.Request) error {
	if s.opt.Ready != nil {
		if err := s.opt.Ready(); err != nil {
			return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), "not ready", "")
		}
	}
	return x.Reply(http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) version(x *web.Request) error { return x.Reply(http.StatusOK, s.opt.Version) }
