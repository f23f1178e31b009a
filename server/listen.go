package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
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
	return err == nil && trustedAddr(proxies, at.Addr())
}

func trustedAddr(proxies []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap()
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

// clientThrough finds the address that a request comes from: of one through a trusted proxy the last in X-Forwarded-For that
// is no proxy itself; what stands before it anybody may have written. nil, the connection's, where there are no proxies.
func clientThrough(proxies []netip.Prefix) func(*http.Request) netip.Addr {
	if len(proxies) == 0 {
		return nil
	}
	return func(r *http.Request) netip.Addr {
		at, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return netip.Addr{}
		}
		addr := at.Addr()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			if !trustedAddr(proxies, addr) {
				break
			}
			before, err := parseHop(strings.TrimSpace(hop))
			if err != nil {
				break
			}
			addr = before
		}
		return addr
	}
}

// parseHop reads an address as proxies write it, with a port or without.
func parseHop(text string) (netip.Addr, error) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr(), nil
	}
	return netip.ParseAddr(text)
}
