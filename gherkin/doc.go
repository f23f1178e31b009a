// Package gherkin turns the text of one .feature file into the model that is stored for it, and answers what follows
// from that model alone: inherited tags, links to issues, words that may be issue keys, wordings and the inputs of
// identity.
//
// It promises that Parse never panics and never hangs, that a broken file keeps its intact scenarios and says what is
// wrong with the rest, that lines are those of the file, and that what it hashes depends on what a scenario says and
// not on its layout. The grammar is that of the official parser, whose scanner, matcher and state machine do the
// reading.
//
// It never reads files, never compiles pickles, and never knows which issues exist or whether a link is allowed.
package gherkin
