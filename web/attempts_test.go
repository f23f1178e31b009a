package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// TestAttemptsForget: what is remembered is bounded, and what was seen longest ago goes first.
func TestAttemptsForget(t *testing.T) {
	t.Parallel()
	g, now := newAttempts(), time.Unix(1, 0)
	of := func(n int) (origin, credential) {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], uint32(n))
		return origin{Token, netip.AddrFrom4(ip)}, credential{Token, [32]byte{byte(n), byte(n >> 8), byte(n >> 16)}}
	}
	first, secret := of(0)
	g.passed(secret)
	_, wrong := of(maxRemembered)
	for range MaxFailures {
		g.fail(now, first, wrong)
	}
	if g.wait(now, first, wrong) != failureTime || g.wait(now, first, secret) != 0 {
		t.Fatal("the first origin does not wait, or its right credential does")
	}
	for n := range maxRemembered + 1 {
		from, c := of(n + 1)
		g.passed(c)
		g.fail(now, from, wrong)
	}
	if g.failed.Len() != maxRemembered || g.right.Len() != maxRemembered {
		t.Errorf("%d origins and %d credentials are remembered, want %d", g.failed.Len(), g.right.Len(), maxRemembered)
	}
	if g.failed.Contains(first) || g.right.Contains(secret) {
		t.Error("the oldest are still remembered")
	}
}
