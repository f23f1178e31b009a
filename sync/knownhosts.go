package sync

import (
	"errors"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/behavepro/behavepro"
)

// hostKeys checks a server's key against known_hosts lines, and lists the algorithms of the keys that are known, so that the
// server offers one of them.
func hostKeys(lines string, a Address) (ssh.HostKeyCallback, []string, error) {
	if lines == "" {
		return nil, nil, behavepro.Explain(
			behavepro.ErrInvalid,
			"ssh needs the server's host key",
			"give --known-hosts FILE, as `ssh-keyscan "+a.Host+"` prints it, after comparing it with the published one",
		)
	}
	f, err := os.CreateTemp("", "known_hosts")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(f.Name())
	_, werr := f.WriteString(lines)
	if err := errors.Join(werr, f.Close()); err != nil {
		return nil, nil, err
	}
	check, err := knownhosts.New(f.Name())
	if err != nil {
		return nil, nil, behavepro.Explain(behavepro.ErrInvalid, "the known hosts cannot be read", "each line is: host algorithm key")
	}
	return check, algorithmsOf(lines), nil
}

// algorithmsOf lists the signature algorithms of the keys in known_hosts lines.
func algorithmsOf(lines string) []string {
	var out []string
	rest := []byte(lines)
	for {
		_, _, key, _, tail, err := ssh.ParseKnownHosts(rest)
		if err != nil {
			return out
		}
		if key.Type() == ssh.KeyAlgoRSA {
			out = append(out, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			out = append(out, key.Type())
		}
		rest = tail
	}
}

func asKeyError(err error, key **knownhosts.KeyError) bool { return errors.As(err, key) }
