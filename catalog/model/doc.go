// Package model holds the plain values of the catalog that pure code shares with it: identities, step definitions, attachments as results
// name them, and the accounting of a push. It reads and writes nothing, and imports the root package only.
package model
