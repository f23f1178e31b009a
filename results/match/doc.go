// Package match finds the scenario or example row behind every reported result. It is pure: the same feature files and results give the
// same
// outcomes.
//
// Every result ends as exactly one of matched, ambiguous, unmatched, retry-of or waiting. When two scenarios fit equally well the result is
// ambiguous, never guessed. A path, a line or an id of a report is never trusted by itself.
package match
