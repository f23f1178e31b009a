package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/outbound"
)

// httpRemote speaks the smart HTTP protocol with a checked client of our own: go-git's follows redirects to http and
// quotes URLs in its errors.
type httpRemote struct {
	base   string // where requests go; a redirect of the first request moves it
	origin string // scheme://host of the configured address: credentials go nowhere else
	host   string
	cred   catalog.Credential
	client *http.Client
}

func newHTTPRemote(a Address, cred catalog.Credential, policy outbound.Policy, client *http.Client) (remote, error) {
	if a.Scheme == "http" && !plainAllowed(a, policy) {
		return nil, behavepro.Explain(
			behavepro.ErrRefused,
			"plain http to "+a.Host+" is refused: others could read what is sent",
			"use https; for a trial on this machine, --allow-git-host "+a.Host,
		)
	}
	return &httpRemote{base: a.String(), origin: a.Scheme + "://" + a.Host, host: a.Host, cred: cred, client: client}, nil
}

// plainAllowed: without TLS only to hosts that the operator opened.
func plainAllowed(a Address, policy outbound.Policy) bool {
	if policy.AllowPrivate {
		return true
	}
	host, _ := a.port(80)
	for _, h := range policy.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	addr, err := netip.ParseAddr(host)
	for _, n := range policy.Networks {
		if err == nil && n.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

func (r *httpRemote) do(req *http.Request) (*http.Response, error) {
	req.Header.Set("User-Agent", "git/behavepro")
	if req.URL.Scheme+"://"+req.URL.Host == r.origin && !r.cred.Token.IsZero() {
		user := r.cred.User
		if user == "" {
			user = "x-access-token" // GitHub's and GitLab's name for a token without a user
		}
		req.SetBasicAuth(user, r.cred.Token.Reveal())
	}
	res, err := r.client.Do(req)
	if err != nil {
		var quoted *url.Error
		if errors.As(err, &quoted) {
			err = quoted.Err // the outer text quotes the URL
		}
		return nil, explainNetwork(r.host, err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, r.refusal(res.Request.URL.Host, res.StatusCode)
	}
	return res, nil
}

// refusal explains a status; host may be another one than ours after a redirect.
func (r *httpRemote) refusal(host string, status int) error {
	msg := fmt.Sprintf("%s answered %d %s", host, status, strings.ToLower(http.StatusText(status)))
	switch {
	case status == http.StatusUnauthorized && r.cred.Token.IsZero():
		return behavepro.Explain(behavepro.ErrUnauthenticated, msg, "give a credential: --git-token-file, or `behavepro repos credential set`")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return behavepro.Explain(behavepro.ErrForbidden, msg, "the credential does not open this repository")
	case status == http.StatusNotFound, status == http.StatusGone:
		return behavepro.Explain(behavepro.ErrNotFound, msg, "check the address; private repositories need a credential")
	}
	return behavepro.Explain(behavepro.ErrUnavailable, msg, "it is tried again")
}

func (r *httpRemote) refs(ctx context.Context) (*packp.AdvRefs, error) {
	const tail = "/info/refs"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+tail+"?service=git-upload-pack", nil)
	if err != nil {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "repository address is not a URL", "")
	}
	res, err := r.do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if t := res.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/x-git-upload-pack-advertisement") {
		return nil, behavepro.Explain(behavepro.ErrInvalid, r.host+" did not answer as a Git repository", "check the address; is it a web page?")
	}
	if final := *res.Request.URL; strings.HasSuffix(final.Path, tail) {
		final.RawQuery = ""
		r.base = strings.TrimSuffix(final.String(), tail)
	}
	adv, err := decodeAdvertisement(res.Body)
	return adv, explainNetwork(r.host, err)
}

func (r *httpRemote) fetch(ctx context.Context, req *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	var body bytes.Buffer
	if err := encodeRequest(&body, req); err != nil {
		return nil, err
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+"/git-upload-pack", &body)
	if err != nil {
		return nil, behavepro.Explain(behavepro.ErrInvalid, "repository address is not a URL", "")
	}
	post.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	post.Header.Set("Accept", "application/x-git-upload-pack-result")
	res, err := r.do(post)
	if err != nil {
		return nil, err
	}
	return decodeResponse(r.host, req, res.Body)
}

// encodeRequest writes wants, filter, haves and done.
func encodeRequest(w io.Writer, req *packp.UploadPackRequest) error {
	if err := req.UploadRequest.Encode(w); err != nil {
		return fmt.Errorf("encode fetch request: %w", err)
	}
	if err := req.UploadHaves.Encode(w, false); err != nil {
		return fmt.Errorf("encode fetch request: %w", err)
	}
	return pktline.NewEncoder(w).EncodeString("done\n")
}

func decodeResponse(host string, req *packp.UploadPackRequest, body io.ReadCloser) (*packp.UploadPackResponse, error) {
	res := packp.NewUploadPackResponse(req)
	if err := res.Decode(body); err != nil {
		body.Close()
		if strings.Contains(err.Error(), "not our ref") || strings.Contains(err.Error(), "unadvertised object") {
			return nil, fmt.Errorf("%w: %w", errWithheld, err)
		}
		return nil, explainNetwork(host, err)
	}
	return res, nil
}

// errWithheld: the server does not give an object that was wanted by its SHA.
var errWithheld = fmt.Errorf("the server does not give this object by its SHA: %w", behavepro.ErrNotFound)
