// Package results is the room for what was proven: it reads the reports that test runners write, finds the scenario or
// example row behind every result they contain, and accounts for each of them.
//
// It promises: a report is detected by its content and read as a stream, in memory bounded by the results it holds, not
// by its size; foreign bytes never make it fail or panic: what could be read is kept, what could not is named with its
// place; every result read ends as exactly one of matched, ambiguous, unmatched, retry-of or waiting; the same input
// gives the same outcome. When two scenarios fit equally well the result is ambiguous, never guessed.
//
// It never opens files or the network, never keeps attachments, and never trusts a path, a line or an id of a report by
// itself.
package results
