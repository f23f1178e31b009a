package access

import (
	"context"

	"github.com/behavepro/behavepro/store"
)

// RefMatches is how a trust of this version, or else of an older one, compares a ref.
func RefMatches(pattern, ref string, older bool) bool {
	return (&Trust{Doublestar: !older}).refMatches(pattern, ref)
}

// ChecksRef reports whether a new trust takes a pattern.
func ChecksRef(pattern string) bool { return checkRefPattern(pattern) == nil }

// PutOlderTrust stores a trust as versions did in which * crossed slashes.
func (r *Registry) PutOlderTrust(ctx context.Context, t Trust) error {
	t.ID, t.Doublestar = newID(), false
	return r.put(ctx, store.Durable, trustKind, t.ID, 0, t, "tenant", string(t.Tenant))
}

// Bound makes the registry take another number of tokens than MaxTokens. It is for tests.
func (r *Registry) Bound(most int) { r.most = most }
