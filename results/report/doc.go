// Package report reads the reports that test runners write and turns them into Reported results, which are independent of the format.
//
// A report is detected by its content and read as a stream, in memory bounded by the results that it holds, not by its size. Foreign bytes
// never make it fail or panic: what could be read is kept, and what could not is named with its place. The same input gives the same
// results.
//
// It never opens files or the network.
package report
