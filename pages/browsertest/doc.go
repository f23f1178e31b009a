// Package browsertest opens pages in Chromium for tests: it looks at them as a person would, asks axe-core whether they
// can be used by all, and keeps screenshots. It takes Chromium from the system's packages and axe-core from npm, and
// fails with the command to run where one is missing: a test that was skipped proves nothing.
package browsertest
