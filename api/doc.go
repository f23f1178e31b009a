// Package api is the JSON API for the command line and CI: repositories, features, issues, results, gates, tokens, webhooks of Git hosts,
// and the uploads of old Behave Pro scripts.
//
// A commit, a push or a file is reached only through a repository that the caller reaches; what is out of reach looks like what does not
// exist. Errors are problem documents (RFC 9457). The package decides neither who may reach what (access) nor how results are matched and
// judged (results); it never reads Git.
package api
