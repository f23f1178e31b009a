package sync

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// remote is a repository on its server. Git's protocol version 0 is spoken: go-git knows no other.
type remote interface {
	// refs reads the advertisement of upload-pack.
	refs(ctx context.Context) (*packp.AdvRefs, error)
	// fetch sends one request of wants and haves and returns the answer, which the caller closes.
	fetch(ctx context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
}

// openRemote knows how to reach an address. Nothing is read from the user's own Git, ssh, netrc or proxy settings.
func (e *Engine) openRemote(a Address, cred catalog.Credential) (remote, error) {
	policy := e.options.Outbound
	switch a.Scheme {
	case "https", "http":
		return newHTTPRemote(a, cred, policy, e.client)
	case "ssh":
		return newSSHRemote(a, cred, policy)
	}
	return newLocalRemote(a, e.options.LocalRoot)
}

// advertisement is what a server said of itself.
type advertisement struct {
	branches map[string]behavepro.SHA
	head     string // the branch that HEAD names; "" if unknown
	caps     *capability.List
	shallow  map[behavepro.SHA]bool // commits whose parents the server itself lacks
}

func readAdvertisement(ctx context.Context, r remote) (*advertisement, error) {
	adv, err := r.refs(ctx)
	if err != nil {
		return nil, err
	}
	out := &advertisement{branches: map[string]behavepro.SHA{}, caps: adv.Capabilities, shallow: map[behavepro.SHA]bool{}}
	for _, hash := range adv.Shallows {
		out.shallow[behavepro.SHA(hash)] = true
	}
	for name, hash := range adv.References {
		if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok {
			out.branches[branch] = behavepro.SHA(hash)
		}
	}
	if len(out.branches) == 0 {
		return nil, behavepro.Explain(behavepro.ErrNotFound, "the repository has no branches", "push a first commit, then sync again")
	}
	for _, ref := range adv.Capabilities.Get(capability.SymRef) {
		if branch, ok := strings.CutPrefix(ref, "HEAD:refs/heads/"); ok {
			out.head = branch
		}
	}
	if out.head == "" && adv.Head != nil {
		out.head = guessHead(out.branches, behavepro.SHA(*adv.Head))
	}
	return out, nil
}

// guessHead finds a branch at HEAD's commit, for servers that do not name it.
func guessHead(branches map[string]behavepro.SHA, head behavepro.SHA) string {
	best := ""
	for name, sha := range branches {
		if sha != head {
			continue
		}
		if name == "main" || name == "master" {
			return name
		}
		if best == "" || name < best {
			best = name
		}
	}
	return best
}

// bySHA reports whether objects may be wanted by their SHA.
func (a *advertisement) bySHA() bool {
	return a.caps.Supports(capability.AllowReachableSHA1InWant) || a.caps.Supports("allow-any-sha1-in-want")
}

// partial reports whether commits and trees can be had without blobs, and blobs by SHA later.
func (a *advertisement) partial() bool { return a.caps.Supports(capability.Filter) && a.bySHA() }

// request asks for wants. Thin packs are never asked for: a mirror's packs stand alone.
func (a *advertisement) request(wants, haves []behavepro.SHA, multiACK bool) *packp.UploadPackRequest {
	req := packp.NewUploadPackRequest()
	for _, c := range []capability.Capability{capability.OFSDelta, capability.NoProgress} {
		if a.caps.Supports(c) {
			_ = req.Capabilities.Set(c)
		}
	}
	if a.caps.Supports(capability.Sideband64k) {
		_ = req.Capabilities.Set(capability.Sideband64k)
	} else if a.caps.Supports(capability.Sideband) {
		_ = req.Capabilities.Set(capability.Sideband)
	}
	if multiACK {
		for _, c := range []capability.Capability{capability.MultiACK, capability.MultiACKDetailed} {
			if a.caps.Supports(c) {
				_ = req.Capabilities.Set(c)
				break
			}
		}
	}
	if a.caps.Supports(capability.Agent) {
		_ = req.Capabilities.Set(capability.Agent, "behavepro")
	}
	for _, w := range wants {
		req.Wants = append(req.Wants, plumbing.Hash(w))
	}
	for _, h := range haves {
		req.Haves = append(req.Haves, plumbing.Hash(h))
	}
	return req
}

// withoutBlobs makes a request leave blobs out.
func (a *advertisement) withoutBlobs(req *packp.UploadPackRequest) {
	_ = req.Capabilities.Set(capability.Filter)
	req.Filter = packp.FilterBlobNone()
}

// packStream reads the pack of an answer.
func packStream(req *packp.UploadPackRequest, res *packp.UploadPackResponse) io.Reader {
	switch {
	case req.Capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, res)
	case req.Capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, res)
	}
	return res
}

// decodeAdvertisement reads an advertisement and refuses SHA-256 repositories.
func decodeAdvertisement(r io.Reader) (*packp.AdvRefs, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	first := firstLines(br)
	if bytes.Contains(first, []byte("object-format=sha256")) {
		return nil, behavepro.Explain(behavepro.ErrUnsupported, "SHA-256 repositories are not supported", "use a SHA-1 repository")
	}
	if bytes.Contains(first, []byte("ERR ")) && !bytes.Contains(first, []byte("refs/")) {
		return nil, behavepro.Explain(behavepro.ErrNotFound, "the server says: "+serverMessage(first), "check the address and the credential")
	}
	adv := packp.NewAdvRefs()
	watched := &watched{r: br}
	err := adv.Decode(watched)
	switch {
	case errors.Is(err, packp.ErrEmptyAdvRefs), err == nil && len(adv.References) == 0:
		return nil, behavepro.Explain(behavepro.ErrNotFound, "the repository is empty", "push a first commit, then sync again")
	case errors.Is(err, packp.ErrEmptyInput):
		return nil, behavepro.Explain(
			behavepro.ErrNotFound,
			"the server answered nothing: not a repository, or not yours to read",
			"check the address and the credential",
		)
	case err != nil && watched.ended && bytes.Contains(first, []byte(" refs/")):
		return nil, fmt.Errorf("the list of branches broke off: %w: %w", io.ErrUnexpectedEOF, err)
	case err != nil:
		return nil, behavepro.Explain(
			fmt.Errorf("%w: %w", behavepro.ErrInvalid, err),
			"not a Git repository: the server's answer is not Git's",
			"check the address",
		)
	}
	return adv, nil
}

// watched reports whether the end of what it reads was met.
type watched struct {
	r     io.Reader
	ended bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.ended = w.ended || err != nil
	return n, err
}

// firstLines looks at the first two packet lines (over HTTP, the first names the service) without waiting for more than the server
// sends before a request.
func firstLines(br *bufio.Reader) []byte {
	var seen []byte
	for at, n := 0, 0; n < 3; n++ {
		head, err := br.Peek(at + 4)
		if err != nil {
			return head
		}
		length, err := strconv.ParseUint(string(head[at:]), 16, 16)
		if err != nil {
			return head
		}
		if length == 0 && len(seen) == 0 {
			return head // nothing but an end: an empty repository, whose server now waits for us
		}
		at += max(int(length), 4)
		if seen, err = br.Peek(at); err != nil || length > 4 && !bytes.HasPrefix(seen[at-int(length)+4:], []byte("# ")) {
			return seen
		}
	}
	return seen
}

// serverMessage cuts one line of an ERR packet, for people.
func serverMessage(b []byte) string {
	_, text, _ := bytes.Cut(b, []byte("ERR "))
	return oneLine(text)
}

// oneLine is the first line of what a server says.
func oneLine(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, string(line[:min(len(line), 200)]))
}

// explainNetwork gives a transport error a kind and words. host is without secrets.
func explainNetwork(host string, err error) error {
	var dns *net.DNSError
	var problem *behavepro.Problem
	var timeout net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &problem):
		return err
	case errors.Is(err, behavepro.ErrRefused), errors.Is(err, behavepro.ErrLimit), errors.Is(err, behavepro.ErrCorrupt):
		return err
	case errors.As(err, &dns) && dns.IsNotFound:
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrNotFound, err), "unknown host "+host, "check the address")
	case errors.As(err, &timeout) && timeout.Timeout():
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), host+" did not answer in time", "it is tried again")
	}
	return refusedConnection(host, err)
}

// refusedConnection says why there is no connection, as far as people can do something about it.
func refusedConnection(host string, err error) error {
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return behavepro.Explain(
			fmt.Errorf("%w: %w", behavepro.ErrRefused, err),
			"the certificate of "+host+" is not accepted: "+untrusted.Err.Error(),
			"add its issuer to the certificates of the server's machine; the variable SSL_CERT_FILE can name a file of them",
		)
	}
	msg := "connection to " + host + " failed"
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		msg += ": " + errno.Error()
	}
	return behavepro.Explain(
		fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err),
		msg,
		"check the address, and whether the host is up; a sync is tried again",
	)
}
