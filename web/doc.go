// Package web is what every HTTP entry point stands on: routes that say how their callers are authenticated, one kind of request, JSON and
// compressed bodies with bounds, problem documents, limits on failed sign-ins, and the one log line of each request.
//
// It never decides who a caller is or what a caller may do: Options.Authenticate does. A route without an authentication scheme cannot be
// registered.
package web
