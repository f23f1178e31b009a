package sync

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/outbound"
)

// pipeRemote speaks to an upload-pack over standard input and output: through ssh, or of this machine.
type pipeRemote struct {
	host  string
	start func(ctx context.Context) (*pipe, error)
}

// pipe is a running upload-pack.
type pipe struct {
	io.WriteCloser
	io.Reader
	close func() error
}

func (r *pipeRemote) refs(ctx context.Context) (*packp.AdvRefs, error) {
	p, adv, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	_, _ = io.WriteString(p, "0000") // nothing wanted: upload-pack ends
	p.close()
	return adv, nil
}

func (r *pipeRemote) open(ctx context.Context) (*pipe, *packp.AdvRefs, error) {
	p, err := r.start(ctx)
	if err != nil {
		return nil, nil, err
	}
	adv, err := decodeAdvertisement(p)
	if err != nil {
		p.close()
		return nil, nil, explainNetwork(r.host, err)
	}
	return p, adv, nil
}

func (r *pipeRemote) fetch(ctx context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	p, _, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := encodeRequest(p, req); err != nil {
		p.close()
		return nil, explainNetwork(r.host, err)
	}
	return decodeResponse(r.host, req, &pipeBody{p})
}

type pipeBody struct{ *pipe }

func (b *pipeBody) Close() error { return b.close() }

// newLocalRemote reads a repository of this machine, below root, with the machine's own git.
func newLocalRemote(a Address, root string) (remote, error) {
	if root == "" {
		return nil, behavepro.Explain(behavepro.ErrRefused, "local paths are not allowed", "the operator can allow a folder: --local-root DIR")
	}
	path, err := filepath.EvalSymlinks(a.Path)
	if err != nil {
		return nil, behavepro.Explain(behavepro.ErrNotFound, "no repository at "+a.Path, "check the path")
	}
	allowed, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, fmt.Errorf("local root: %w", err)
	}
	if rel, err := filepath.Rel(allowed, path); err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return nil, behavepro.Explain(behavepro.ErrRefused, a.Path+" is outside the folder that the operator allows", "see --local-root")
	}
	return &pipeRemote{host: a.Path, start: func(ctx context.Context) (*pipe, error) {
		// A partial clone is offered whatever the repository itself allows. Git takes the hook that upload-pack can run only from
		// the system and the user, whose settings are left out here, never from the repository.
		cmd := exec.CommandContext(ctx, "git", "-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true",
			"upload-pack", "--strict", path)
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		}
		if info, err := os.Stat(filepath.Join(path, ".git")); err == nil && info.IsDir() {
			cmd.Args[len(cmd.Args)-1] = filepath.Join(path, ".git")
		}
		if !repositoryIn(cmd.Args[len(cmd.Args)-1]) {
			return nil, behavepro.Explain(
				behavepro.ErrNotFound,
				"there is no Git repository in "+a.Path,
				"name the folder that holds .git, or a bare repository",
			)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, behavepro.Explain(
				fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
				"git could not be started to read "+a.Path,
				"install git on this machine",
			)
		}
		return &pipe{in, out, func() error {
			in.Close()
			_, _ = io.Copy(io.Discard, out)
			return cmd.Wait()
		}}, nil
	}}, nil
}

// repositoryIn reports whether a folder looks like a bare repository or a .git folder, or has a .git file, for Git to follow.
func repositoryIn(dir string) bool {
	for _, name := range []string{"HEAD", ".git"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// newSSHRemote reads a repository over ssh with a key and known hosts of our own.
func newSSHRemote(a Address, cred catalog.Credential, policy outbound.Policy) (remote, error) {
	if cred.SSHKey.IsZero() {
		return nil, behavepro.Explain(
			behavepro.ErrUnauthenticated,
			"ssh needs a key",
			"give one: --ssh-key FILE, or `behavepro repos credential set`",
		)
	}
	signer, err := ssh.ParsePrivateKey([]byte(cred.SSHKey.Reveal()))
	if err != nil {
		return nil, behavepro.Explain(
			behavepro.ErrInvalid,
			"the ssh key cannot be read",
			"give a private key without a passphrase, in OpenSSH or PEM form",
		)
	}
	check, algorithms, err := hostKeys(cred.KnownHosts, a)
	if err != nil {
		return nil, err
	}
	host, port := a.port(22)
	config := &ssh.ClientConfig{
		User:              a.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback:   check,
		HostKeyAlgorithms: algorithms,
		Timeout:           15 * time.Second,
	}
	return &pipeRemote{host: a.Host, start: func(ctx context.Context) (*pipe, error) {
		conn, err := policy.Dial(ctx, "tcp", net.JoinHostPort(host, port))
		if err != nil {
			return nil, explainNetwork(a.Host, err)
		}
		return startSSH(ctx, conn, net.JoinHostPort(host, port), a, config)
	}}, nil
}

func startSSH(ctx context.Context, conn net.Conn, address string, a Address, config *ssh.ClientConfig) (*pipe, error) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		stop()
		conn.Close()
		return nil, explainSSH(a.Host, err)
	}
	_ = conn.SetDeadline(time.Time{})
	client := ssh.NewClient(c, channels, requests)
	end := func() error { stop(); return client.Close() }
	session, err := client.NewSession()
	if err != nil {
		end()
		return nil, explainNetwork(a.Host, err)
	}
	in, err1 := session.StdinPipe()
	out, err2 := session.StdoutPipe()
	if err := session.Start("git-upload-pack " + quote(a.Path)); err != nil || err1 != nil || err2 != nil {
		end()
		return nil, explainNetwork(a.Host, fmt.Errorf("start git-upload-pack: %w", err))
	}
	return &pipe{in, out, end}, nil
}

// quote is the shell's single quoting, which ssh servers undo.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func explainSSH(host string, err error) error {
	var key *knownhosts.KeyError
	switch text := err.Error(); {
	case strings.Contains(text, "knownhosts:"):
		if asKeyError(err, &key) && len(key.Want) > 0 {
			return behavepro.Explain(
				behavepro.ErrRefused,
				"the host key of "+host+" is not the known one",
				"compare it with the host's published key before you replace --known-hosts",
			)
		}
		return behavepro.Explain(behavepro.ErrRefused, "the host key of "+host+" is not known", "give --known-hosts FILE with its line")
	case strings.Contains(text, "unable to authenticate"):
		return behavepro.Explain(behavepro.ErrForbidden, host+" does not accept the ssh key", "add its public half as a deploy key")
	}
	return explainNetwork(host, err)
}
