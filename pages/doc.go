// Package pages shows people what is known: repositories and their sync, the living documentation of a ref, a scenario
// with its history, and the scenarios of an issue; and lets them manage repositories, webhooks and tokens. It serves the same
// pages to a browser of its own and inside Jira.
//
// It promises that every page works without its script, which only refines; that nothing on a page is taken from
// outside; that what people wrote is shown as text, with control characters made visible; that a page's address holds
// all of its filters; and that it shows nothing of a repository that the visitor does not reach. It never asks how the
// visitor was authenticated, writes through a Manager only and on POST only, never shows a secret twice, and never reads Git but
// through a Describer.
package pages
