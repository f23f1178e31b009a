package sqlite

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

// line makes askers wait for a taken lock one after the other, and returns the order in which they get it.
func line(t *testing.T, askers string) string {
	var got strings.Builder
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		if err := turns.take(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		for _, asker := range askers {
			go func() {
				if err := turns.take(t.Context(), asker >= 'A' && asker <= 'Z'); err != nil {
					t.Error(err)
				}
				got.WriteRune(asker)
				turns.pass()
			}()
			synctest.Wait()
		}
		turns.pass()
		synctest.Wait()
	})
	return got.String()
}

func TestTurns(t *testing.T) {
	t.Parallel()
	for askers, want := range map[string]string{
		"abc":  "abc",
		"aAbB": "ABab",
		"a" + strings.Repeat("X", inARow+2) + "b": strings.Repeat("X", inARow) + "aXXb",
	} {
		if got := line(t, askers); got != want {
			t.Errorf("%s got it as %s, want %s", askers, got, want)
		}
	}
}

func TestTurnsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		if err := turns.take(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() { gaveUp <- turns.take(ctx, true) }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		turns.pass()
		if err := turns.take(t.Context(), false); err != nil {
			t.Errorf("after one gave up: %v", err)
		}
	})
}
