// Package lineage decides which scenario of an older tree each scenario of a newer one continues. It is pure: the same scenarios give the
// same
// pairs. The sync gives scenarios their lineages by it, and the lint command compares a change with its base.
//
// Inside a file scenarios are paired by rule and name, then by body, then by the similarity of their steps; what left one file and came to
// another is paired after that. Example rows keep their identity in the same way.
package lineage
