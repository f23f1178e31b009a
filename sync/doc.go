// Package sync mirrors Git repositories and keeps the catalog of their feature files: it fetches what is missing, reads
// commits and trees in pack order, parses each feature blob once, gives every scenario its lineage, and publishes all
// refs of a repository at once. Losing a mirror loses nothing. It never writes to a repository.
//
// The life of a sync is in run.go. Deciding is pure where it can be: which branches (branches.go), what changed
// between trees (walk.go), which scenarios are the same (package lineage). Elsewhere the package is imported as gitsync.
package sync
