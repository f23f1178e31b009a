package sync

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	gliderssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/sync/gittest"
)

func newKey(t *testing.T) (pemText string, signer ssh.Signer) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = ssh.NewSignerFromKey(private); err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), signer
}

// TestSSH mirrors over ssh with a key and known hosts, and refuses an unknown or changed host key.
func TestSSH(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	sha := r.Commit("one", "a.feature", cart)
	clientPEM, client := newKey(t)
	_, host := newKey(t)
	server := &gliderssh.Server{
		HostSigners: []gliderssh.Signer{host},
		PublicKeyHandler: func(_ gliderssh.Context, key gliderssh.PublicKey) bool {
			return gliderssh.KeysEqual(key, client.PublicKey())
		},
		Handler: func(s gliderssh.Session) {
			args := s.Command()
			if len(args) != 2 || args[0] != "git-upload-pack" {
				_ = s.Exit(1)
				return
			}
			cmd := exec.Command("git", "-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true", "upload-pack", args[1])
			cmd.Stdin, cmd.Stdout = io.Reader(s), s
			if cmd.Run() != nil {
				_ = s.Exit(1)
			}
		},
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })

	b := newBench(t)
	address := listener.Addr().String()
	repo := b.add("r", "ssh://git@"+address+r.Dir)
	known := knownhosts.Line([]string{address}, host.PublicKey())
	_, otherHost := newKey(t)
	otherPEM, _ := newKey(t)
	for _, c := range []struct {
		name string
		cred catalog.Credential
		kind error
		says string
	}{
		{"no key", catalog.Credential{}, behavepro.ErrUnauthenticated, "needs a key"},
		{"no known hosts", catalog.Credential{SSHKey: behavepro.NewSecret(clientPEM)}, behavepro.ErrInvalid, "host key"},
		{"unknown host", catalog.Credential{SSHKey: behavepro.NewSecret(clientPEM), KnownHosts: knownhosts.Line([]string{"elsewhere"}, host.PublicKey())}, behavepro.ErrRefused, "not known"},
		{"changed host key", catalog.Credential{SSHKey: behavepro.NewSecret(clientPEM), KnownHosts: knownhosts.Line([]string{address}, otherHost.PublicKey())}, behavepro.ErrRefused, "not the known one"},
		{"key of somebody else", catalog.Credential{SSHKey: behavepro.NewSecret(otherPEM), KnownHosts: known}, behavepro.ErrForbidden, "does not accept"},
		{"right", catalog.Credential{SSHKey: behavepro.NewSecret(clientPEM), KnownHosts: known}, nil, ""},
	} {
		if err := b.catalog.PutCredential(t.Context(), repo.ID, c.cred); err != nil {
			t.Fatal(err)
		}
		err := b.trySync(repo)
		if c.kind == nil && err != nil || !errors.Is(err, c.kind) || c.kind != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %v saying %q", c.name, err, c.kind, c.says)
		}
	}
	if got := b.names(repo, sha); got != "a.feature" {
		t.Errorf("files: %q", got)
	}
}
