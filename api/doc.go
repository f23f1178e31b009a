// Package api is the door of the command line and of CI: HTTP handlers for repositories, features, issues, results,
// tokens, webhooks of Git hosts, and the uploads of old Behave Pro scripts.
//
// It promises that there is one way to register a route, which asks what opens it; that a commit, a push or a file is
// reached only through a repository connected to a project of the caller, and what is out of reach looks like what does
// not exist; that every request ends in one log line without query, token or scenario text; and that errors leave as
// problem documents (RFC 9457). It never reads Git and never decides about results: those rooms are reached through
// the interfaces in needs.go.
package api
