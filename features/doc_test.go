// Package features holds what the product promises, in its own words, and proves it: with the server and the command line as
// they are built, and real Git repositories.
package features
