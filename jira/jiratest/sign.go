package jiratest

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims are those of a token, by name.
type Claims map[string]any

// ContextQSH is the qsh of tokens that are bound to a context, not to a URL.
const ContextQSH = "context-qsh"

// lifetime is how long Jira's tokens last.
const lifetime = 3 * time.Minute

// Canonical is the text whose hash binds a token to a request: the method, the path below basePath, and the query without jwt.
func Canonical(method string, u *url.URL, basePath string) string {
	path := strings.TrimPrefix(u.EscapedPath(), strings.TrimSuffix(basePath, "/"))
	path = strings.ReplaceAll(path, "&", "%26")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return strings.ToUpper(method) + "&" + path + "&" + canonicalQuery(u.RawQuery)
}

func canonicalQuery(raw string) string {
	values := map[string][]string{}
	var names []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		if name == "jwt" {
			continue
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], value)
	}
	slices.Sort(names)
	parts := make([]string, len(names))
	for i, name := range names {
		list := slices.Sorted(slices.Values(values[name]))
		for k := range list {
			list[k] = escape(list[k])
		}
		parts[i] = escape(name) + "=" + strings.Join(list, ",")
	}
	return strings.Join(parts, "&")
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// QSH is the hash of Canonical, in lower-case hexadecimal digits.
func QSH(method string, u *url.URL, basePath string) string {
	sum := sha256.Sum256([]byte(Canonical(method, u, basePath)))
	return hex.EncodeToString(sum[:])
}

// SignHS256 makes a token with a shared secret.
func SignHS256(secret string, c Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(c)).SignedString([]byte(secret))
}

// keys are the key pairs that sign installs. They come from a pool that all sites of the process share, since making one is slow;
// their ids are the site's own.
type keys struct {
	mu   sync.Mutex
	ids  []string // the last one signs
	gone map[string]bool
}

var pool struct {
	mu    sync.Mutex
	pairs []*rsa.PrivateKey
}

func pair(n int) (*rsa.PrivateKey, error) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	for len(pool.pairs) <= n {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		pool.pairs = append(pool.pairs, key)
	}
	return pool.pairs[n], nil
}

func (k *keys) current() (kid string, key *rsa.PrivateKey, err error) {
	k.mu.Lock()
	if len(k.ids) == 0 {
		k.ids = append(k.ids, newID())
	}
	n := len(k.ids) - 1
	kid = k.ids[n]
	k.mu.Unlock()
	key, err = pair(n)
	return kid, key, err
}

// RotateKeys makes a new install key; those before stay known unless they are withdrawn.
func (j *Jira) RotateKeys(withdraw bool) {
	k := j.keys
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone == nil {
		k.gone = map[string]bool{}
	}
	for _, id := range k.ids {
		k.gone[id] = k.gone[id] || withdraw
	}
	k.ids = append(k.ids, newID())
}

// Keys is the host of the install keys: a public key in PEM at /KID.
func (j *Jira) Keys() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k := j.keys
		k.mu.Lock()
		kid := strings.TrimPrefix(r.URL.Path, "/")
		n := slices.Index(k.ids, kid)
		if k.gone[kid] {
			n = -1
		}
		k.mu.Unlock()
		if n < 0 || r.Method != http.MethodGet {
			http.NotFound(w, r)
			return
		}
		key, err := pair(n)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/x-pem-file")
		_ = pem.Encode(w, &pem.Block{Type: "PUBLIC KEY", Bytes: der})
	})
}

// SignRS256 makes a token as for installs, with the current key; kid "" is that key's id.
func (j *Jira) SignRS256(kid string, c Claims) (string, error) {
	id, key, err := j.keys.current()
	if err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(c))
	t.Header["kid"] = cmp.Or(kid, id)
	return t.SignedString(key)
}

// LifecycleClaims are those of a signed install or uninstall at a path below the app's base URL, such as "/installed".
func (j *Jira) LifecycleClaims(path string) (Claims, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return nil, errNoApp
	}
	return j.app.lifecycleClaims(j, path)
}

func (a *app) lifecycleClaims(j *Jira, path string) (Claims, error) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", path, err)
	}
	c := j.claims()
	c["aud"], c["qsh"] = []string{a.base}, QSH(http.MethodPost, u, "")
	return c, nil
}

// claims are what all tokens of the site have.
func (j *Jira) claims() Claims {
	now := j.now()
	return Claims{"iss": j.clientKey, "iat": now.Unix(), "exp": now.Add(lifetime).Unix()}
}

// URLClaims are those of a token for one request to the app: account "" is nobody, and the issue or project may be "".
func (j *Jira) URLClaims(account, method, target, issue, project string) (Claims, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", target, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return nil, errNoApp
	}
	c := j.contextClaims(account, issue, project)
	c["qsh"] = QSH(method, u, j.app.basePath())
	return c, nil
}

// ContextClaims are those of a token that the app's page asks its host for.
func (j *Jira) ContextClaims(account, issue, project string) Claims {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.contextClaims(account, issue, project)
	c["qsh"] = ContextQSH
	return c
}

func (j *Jira) contextClaims(account, issue, project string) Claims {
	c := j.claims()
	if account != "" {
		c["sub"] = account
	}
	about := map[string]any{}
	if i := j.find(issue); issue != "" && i != nil {
		about["issue"] = map[string]any{"id": fmt.Sprint(i.ID), "key": i.Key, "issuetype": map[string]any{"id": "10001"}}
		project = projectKey(i.Key)
	}
	if p := j.project(project); project != "" && p != nil {
		about["project"] = map[string]any{"id": fmt.Sprint(p.ID), "key": p.Key}
	}
	inside := map[string]any{"license": map[string]any{"active": true}}
	if len(about) > 0 {
		inside["jira"] = about
	}
	if account != "" {
		inside["user"] = map[string]any{"accountId": account}
	}
	c["context"] = inside
	return c
}

// Sign signs claims with the secret that the app was told last.
func (j *Jira) Sign(c Claims) (string, error) {
	secret := j.Secret()
	if secret == "" {
		return "", errNoApp
	}
	return SignHS256(secret, c)
}

// Secret is what the app was told last; "" where none is installed.
func (j *Jira) Secret() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.app == nil {
		return ""
	}
	return j.app.secret
}

var errNoApp = errors.New("no app is installed")

// newID is random, of the form of a UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
