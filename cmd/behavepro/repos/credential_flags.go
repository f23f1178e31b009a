package repos

import (
	"github.com/spf13/pflag"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
)

// credentialFlags say what opens a repository.
type credentialFlags struct {
	user, tokenFile, sshKey, knownHosts string
}

func (c *credentialFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&c.user, "git-user", "", "user for https")
	flags.StringVar(&c.tokenFile, "git-token-file", "", "file with the token or password for https, - for stdin")
	flags.StringVar(&c.sshKey, "ssh-key", "", "file with the private key for ssh")
	flags.StringVar(&c.knownHosts, "known-hosts", "", "known_hosts file with the key of the ssh server")
}

// read reads the files; nil where no flag was given.
func (c *credentialFlags) read(f *factory.Factory) (*client.Credential, error) {
	if *c == (credentialFlags{}) {
		return nil, nil
	}
	if c.tokenFile == "-" && f.TokenOnStdin() {
		return nil, cli.Usagef("stdin can hold one token only: give --token-file or --git-token-file a file")
	}
	cred := &client.Credential{User: c.user}
	if c.tokenFile != "" {
		secret, err := f.SecretFile(c.tokenFile, "Git token")
		if err != nil {
			return nil, err
		}
		cred.Token = secret.Reveal()
	}
	for _, file := range []struct {
		name, what string
		to         *string
	}{{c.sshKey, "ssh key", &cred.SSHKey}, {c.knownHosts, "known hosts", &cred.KnownHosts}} {
		if file.name == "" {
			continue
		}
		text, err := f.ReadFile(file.name)
		if err != nil {
			return nil, cli.Usagef("read %s: %w", file.what, err)
		}
		*file.to = string(text)
	}
	return cred, nil
}
