package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/behavepro/behavepro"
)

// listen opens the address of a setting.
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), address+" is used by another program",
			fmt.Sprintf("choose another address with --%s, port 0 takes a free one", setting))
	}
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", setting, err)
	}
	return l, nil
}

// newServer makes a server with bounds on time; routes that need longer move their own deadlines.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// behindProxy refuses requests that do not come through a trusted proxy or from this machine: they travelled in clear. With
// no proxies it lets everything through.
func behindProxy(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !trusted(proxies, r.RemoteAddr) || r.Header.Get("X-Forwarded-Proto") == "http" {
			http.Error(w, "this server is reached over https only, through its proxy", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func trusted(proxies []netip.Prefix, remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := at.Addr().Unmap()
	if addr.IsLoopback() {
		return true
	}
	for _, p := range proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
