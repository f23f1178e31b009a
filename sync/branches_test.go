package sync

import (
	"testing"

	"github.com/behavepro/behavepro/catalog"
)

func TestDefaultBranch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		head     string // the remote's
		branches []string
		want     string
	}{
		{"develop", []string{"develop", "main", "master"}, "develop"},
		{"trunk", []string{"alpha", "main", "trunk"}, "trunk"},
		{"master", []string{"main", "master"}, "master"},
		{"develop", []string{"alpha", "main", "master"}, "main"}, // not followed
		{"develop", []string{"alpha", "master"}, "master"},
		{"develop", []string{"alpha", "beta"}, "alpha"},
		{"", []string{"alpha", "main"}, "main"},
		{"main", nil, ""},
	} {
		refs := make([]catalog.Ref, len(test.branches))
		for i, name := range test.branches {
			refs[i].Name = name
		}
		if got := defaultBranch(refs, test.head); got != test.want {
			t.Errorf("HEAD %q of %v: got %q, want %q", test.head, test.branches, got, test.want)
		}
	}
}
