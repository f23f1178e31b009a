package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/behavepro/behavepro"
)

// headerTimeout is how long the answer to a request that was sent may take: results may wait 60 seconds for their commit
// and have to be read and matched.
const headerTimeout = 5 * time.Minute

func newTransport(scheme string, opt Options) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:                 opt.Proxy,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opt.RootCAs},
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: headerTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	if scheme == "http" {
		t.Proxy = nil
		dialer.Control = onlyLoopback
	}
	t.DialContext = dialer.DialContext
	return t
}

// onlyLoopback refuses connections to other machines, whatever the name resolved to.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if at, err := netip.ParseAddrPort(address); err != nil || !at.Addr().Unmap().IsLoopback() {
		return behavepro.Explain(behavepro.ErrRefused, "the name does not stand for this machine", "use https")
	}
	return nil
}

// loopback reports whether a host's name stands for this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// plainCause is a transport's error without the request's URL around it.
func plainCause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// notSent reports whether an error came before anything was sent.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// refused reports whether an error will be the same the next time.
func refused(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	return errors.Is(err, behavepro.ErrRefused) || errors.Is(err, context.Canceled)
}
