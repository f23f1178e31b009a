package access

// Bound makes the registry take another number of tokens than MaxTokens. It is for tests.
func (r *Registry) Bound(most int) { r.most = most }
