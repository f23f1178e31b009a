package demo

import "testing"

func TestShellLine(t *testing.T) {
	t.Parallel()
	if got, want := shellLine([]string{"a", "", "b c", "it's", "x=1", "~"}), `a '' 'b c' 'it'\''s' x=1 '~'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
