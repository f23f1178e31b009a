// Package arch keeps the house in order: it reads what every package imports, tests left out, and fails where a room imports one
// on its own floor or above, or where an outside library is used by another room than its own.
package arch
