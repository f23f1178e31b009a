package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/web"
)

// gitHook hears from a Git host. Nothing of the body is believed: it only has to be signed, or come with the secret.
func (s *Server) gitHook(x *web.Request) error {
	hook, err := s.opt.Access.Hook(x.Context(), x.R.PathValue(web.PathID))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(x.R.Body)
	if err != nil {
		return err
	}
	if !fromHost(x.R.Header, body, hook.Secret) {
		return behavepro.Explain(behavepro.ErrUnauthenticated, "the signature or secret does not fit",
			"set the webhook's secret again; `behavepro repos hook rotate` makes a new one")
	}
	if err := s.opt.Repositories.Sync(x.Context(), hook.Tenant, hook.Repository); err != nil {
		return err
	}
	x.W.WriteHeader(http.StatusNoContent)
	return nil
}

// fromHost checks what the Git hosts send: an HMAC-SHA256 of the body (GitHub and Bitbucket with a prefix, Gitea without) or
// the secret itself (GitLab).
func fromHost(h http.Header, body []byte, secret behavepro.Secret) bool {
	if secret.IsZero() {
		return false
	}
	for _, name := range []string{"X-Hub-Signature-256", "X-Hub-Signature", "X-Gitea-Signature"} {
		if value := h.Get(name); value != "" {
			signature := strings.TrimPrefix(value, "sha256=")
			mac := hmac.New(sha256.New, []byte(secret.Reveal()))
			mac.Write(body)
			given, err := hex.DecodeString(signature)
			if err == nil && hmac.Equal(given, mac.Sum(nil)) {
				return true
			}
		}
	}
	if value := h.Get("X-Gitlab-Token"); value != "" {
		return same(value, secret.Reveal())
	}
	return false
}
