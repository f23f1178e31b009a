// Package results is the parent of what happens to results of tests between a report file and the catalog:
//
//   - report reads the reports that test runners write and turns them into Reported results (pure);
//   - match finds the scenario or example row behind every result (pure);
//   - ingest accepts pushes, stores them, matches them, and accounts for them;
//   - gate decides whether scenarios are passing well enough to go on (pure);
//   - ci knows what CI services say of a job.
//
// It has no code of its own. Its tests read the reports of real runners and match them against the feature files that were run.
package results
