// Package ingest accepts pushes of results for one tenant, stores them durably as waiting, matches them when their commit is known, and
// accounts for every result that was read.
//
// Matching is idempotent: it may be repeated by anybody at any time. No push is dropped silently; what waits too long becomes a problem of
// its repository.
package ingest
