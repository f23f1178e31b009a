package web

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
)

// TestLongestWait: a request waits 60 seconds at most, whatever it asks for.
func TestLongestWait(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": 0, "60s": time.Minute, "61s": time.Minute, "10000h": time.Minute, "30s": 30 * time.Second} {
		x := &Request{R: httptest.NewRequest("GET", "/?wait="+text, nil)}
		if got, err := x.Wait(); got != want || err != nil {
			t.Errorf("wait=%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"-1s", "60", "x"} {
		x := &Request{R: httptest.NewRequest("GET", "/?wait="+text, nil)}
		if _, err := x.Wait(); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("wait=%s: %v", text, err)
		}
	}
}
