// Package arch holds tests of the architecture: imports point to lower layers, an outside library is imported by one package, pure packages
// stay pure, the CLI links nothing heavy, and retired names stay retired. Imports of tests are not looked at.
package arch
