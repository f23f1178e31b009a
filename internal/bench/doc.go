// Package bench measures what the product promises about speed and size, and prints the figures as one report: `make bench`. It
// promises that every figure has its bound or its baseline beside it, from the same run, and never checks anything else: a
// figure that falls short is told, not failed.
//
// Everything is in its tests, which are built with the tag bench only.
package bench
