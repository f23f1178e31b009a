package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// tokenPrefix begins every API token, so that people and scanners recognise a leaked one. A token is bp_<id>_<secret>.
const tokenPrefix = "bp_"

// MaxTokens is how many tokens of a tenant may work at a time, besides the admin token of the data folder.
const MaxTokens = 1000

// usedEvery is how often at most a token's last use is written.
const usedEvery = time.Minute

// Token is what is known of an API token; its secret is not.
type Token struct {
	ID       string `cbor:"6,keyasint"`
	Name     string `cbor:"7,keyasint"`
	Grant    `cbor:"8,keyasint"`
	Expires  time.Time `cbor:"9,keyasint"` // zero means never
	Created  time.Time `cbor:"10,keyasint"`
	LastUsed time.Time `cbor:"11,keyasint"` // to the minute; zero means never
	Revoked  time.Time `cbor:"12,keyasint"` // zero means not
	Home     bool      `cbor:"13,keyasint"` // the admin token of the data folder

	CreatedBy behavepro.Change `cbor:"14,keyasint,omitzero"`
	RevokedBy behavepro.Change `cbor:"15,keyasint,omitzero"`
}

// tokenBody is what a record of tokenKind holds.
type tokenBody struct {
	Token Token  `cbor:"1,keyasint"`
	Hash  []byte `cbor:"2,keyasint"`
}

// NewToken is the wish for a token.
type NewToken struct {
	Name string
	Grant
	Expires time.Time // zero means never
}

// Create makes a token and returns its text, which nobody can read again, and what is kept of it. More than MaxTokens are
// ErrLimit.
func (r *Registry) Create(ctx context.Context, by behavepro.Change, wish NewToken) (behavepro.Secret, Token, error) {
	r.making.Lock()
	defer r.making.Unlock()
	tokens, err := r.List(ctx, wish.Tenant)
	if err != nil {
		return behavepro.Secret{}, Token{}, fmt.Errorf("create token: %w", err)
	}
	working := 0
	for i := range tokens {
		if !tokens[i].Home && tokens[i].works(by.At) {
			working++
		}
	}
	if working >= r.most {
		return behavepro.Secret{}, Token{}, behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("there are %d tokens that work, and no more may be", r.most),
			"revoke those that nobody uses: `syncd token list` shows their last use",
		)
	}
	return r.create(ctx, by, wish, false)
}

func (t *Token) works(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

func (r *Registry) create(ctx context.Context, by behavepro.Change, wish NewToken, home bool) (behavepro.Secret, Token, error) {
	if err := wish.check(); err != nil {
		return behavepro.Secret{}, Token{}, fmt.Errorf("create token: %w", err)
	}
	if !wish.Expires.IsZero() && !wish.Expires.After(by.At) {
		return behavepro.Secret{}, Token{}, fmt.Errorf("create token: it would have expired already: %w", behavepro.ErrInvalid)
	}
	secret := newSecret()
	token := Token{ID: newID(), Name: wish.Name, Grant: wish.Grant, Created: by.At.UTC(), Home: home, CreatedBy: by}
	if !wish.Expires.IsZero() {
		token.Expires = wish.Expires.UTC()
	}
	body := tokenBody{Token: token, Hash: hashOf(secret)}
	if err := r.put(ctx, store.Durable, tokenKind, token.ID, 0, body, "tenant", string(token.Tenant)); err != nil {
		return behavepro.Secret{}, Token{}, fmt.Errorf("create token: %w", err)
	}
	return behavepro.NewSecret(tokenPrefix + token.ID + "_" + secret), token, nil
}

// List returns a tenant's tokens, revoked and expired ones too, the newest first.
func (r *Registry) List(ctx context.Context, tenant behavepro.TenantID) ([]Token, error) {
	var tokens []Token
	for record, err := range r.scope.Scan(ctx, tokenKind, store.Range{Index: "tenant", Prefix: store.Key{string(tenant)}}) {
		var body tokenBody
		if err == nil {
			err = decode(tokenKind, record.Body, &body)
		}
		if err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		tokens = append(tokens, body.Token)
	}
	slices.SortFunc(tokens, func(a, b Token) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return tokens, nil
}

// Revoke ends a token of a tenant. An unknown one, and one of another tenant, is ErrNotFound; to revoke again is fine.
func (r *Registry) Revoke(ctx context.Context, by behavepro.Change, tenant behavepro.TenantID, id string) error {
	for {
		var body tokenBody
		rev, err := r.get(ctx, tokenKind, id, &body)
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		if rev == 0 || body.Token.Tenant != tenant {
			return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no token %q", id), "`syncd token list` shows the ids")
		}
		if !body.Token.Revoked.IsZero() {
			return nil
		}
		body.Token.Revoked, body.Token.RevokedBy = by.At.UTC(), by
		err = r.save(ctx, store.Durable, rev, &body)
		if err == nil || !errors.Is(err, behavepro.ErrConflict) {
			return err
		}
	}
}

func (r *Registry) save(ctx context.Context, d store.Durability, rev store.Revision, body *tokenBody) error {
	return r.put(ctx, d, tokenKind, body.Token.ID, rev, body, "tenant", string(body.Token.Tenant))
}

// Authenticate turns a token's text into who it stands for. A text that is no token, and an unknown, revoked or expired
// one, is ErrUnauthenticated, with a text that says which; only who has the secret learns more than "unknown".
func (r *Registry) Authenticate(ctx context.Context, text string, now time.Time) (Principal, error) {
	id, secret, ok := parseToken(text)
	if !ok {
		return Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated, "this is not a token", "a token begins with "+tokenPrefix)
	}
	var body tokenBody
	rev, err := r.get(ctx, tokenKind, id, &body)
	if err != nil {
		return Principal{}, fmt.Errorf("authenticate: %w", err)
	}
	token := &body.Token
	if subtle.ConstantTimeCompare(hashOf(secret), body.Hash) != 1 || rev == 0 {
		return Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated, "the token is unknown", "syncd token create makes one")
	}
	if !token.Revoked.IsZero() {
		return Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated,
			fmt.Sprintf("the token %q was revoked on %s", token.Name, token.Revoked.Format(time.DateOnly)), "use another one")
	}
	if !token.Expires.IsZero() && !now.Before(token.Expires) {
		return Principal{}, behavepro.Explain(behavepro.ErrUnauthenticated,
			fmt.Sprintf("the token %q expired on %s", token.Name, token.Expires.Format(time.DateOnly)), "use another one")
	}
	r.noteUse(ctx, rev, &body, now)
	return Principal{Grant: token.Grant, Name: token.Name, TokenID: token.ID, Entry: behavepro.EntryAPI}, nil
}

// noteUse writes a token's last use. Who loses the race, or fails, leaves it to the next: no caller is turned away for it.
func (r *Registry) noteUse(ctx context.Context, rev store.Revision, body *tokenBody, now time.Time) {
	if now.Sub(body.Token.LastUsed) < usedEvery {
		return
	}
	body.Token.LastUsed = now.UTC().Truncate(time.Second)
	_ = r.save(ctx, store.Relaxed, rev, body)
}

func parseToken(text string) (id, secret string, ok bool) {
	rest, found := strings.CutPrefix(text, tokenPrefix)
	id, secret, split := strings.Cut(rest, "_")
	return id, secret, found && split && plainWord(id, 40) && plainWord(secret, 100)
}

// plainWord reports whether text has 1 to limit letters and digits and nothing else.
func plainWord(text string, limit int) bool {
	return text != "" && len(text) <= limit && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
}
