// Package client speaks to the API of Behave Pro: it holds the documents that travel over the wire, which `behavepro --json`
// prints unchanged, and a client that sends and receives them.
//
// It promises that a token travels over https or to this machine only, that a request is repeated only where that cannot
// do its work twice, that report files are streamed and never held in memory, and that every error has one of the kinds of
// the root package. It never reads the environment, never prompts and never prints.
package client
