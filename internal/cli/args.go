package cli

import (
	"crypto/x509"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
)

// NoArgs checks that there is no argument.
var NoArgs = ExactArgs(0, "no arguments")

// ExactArgs checks that there are n arguments, which what describes.
func ExactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return Usagef("%s takes %s, not %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// MaxOneArg checks that there is at most one argument, which what describes.
func MaxOneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return Usagef("%s takes %s, not %d arguments", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// FirstArg returns the first argument, or "".
func FirstArg(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// ProjectKeys reads the values of --project. What is not a key is a usage error.
func ProjectKeys(names []string) ([]behavepro.ProjectKey, error) {
	keys := make([]behavepro.ProjectKey, len(names))
	for i, n := range names {
		var err error
		if keys[i], err = behavepro.ParseProjectKey(strings.TrimSpace(n)); err != nil {
			return nil, Usagef("--project: %w", err)
		}
	}
	return keys, nil
}

// Roots returns the system's certificates and those of a file in PEM; nil, which stands for the system's, if no file is named.
func Roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, Usagef("read certificates: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, Usagef("%s holds no certificate in PEM", file)
	}
	return pool, nil
}

// Paths returns the paths that arguments name; without arguments it is the working directory.
func Paths(args []string) []string {
	if len(args) == 0 {
		return []string{"."}
	}
	return args
}
