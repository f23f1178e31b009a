package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/golang-jwt/jwt/v5"
)

// Times that a token's clock may be off.
const (
	expLeeway = 3 * time.Second // what the reference apps grant after exp
	iatLeeway = 5 * time.Minute // how far ahead of ours the signer's clock may be
	maxToken  = 16 << 10        // bytes
)

// Claims is what a token says.
type Claims struct {
	Issuer   string
	Subject  string // an accountId; "" where nobody is signed in
	Audience []string
	IssuedAt time.Time // zero where it is not said
	Expires  time.Time // zero where it is not said
	QSH      string
	Context  Context
}

// Context is what a token says of where in Jira it was made. An id of 0 is not said.
type Context struct {
	IssueID    int64
	IssueKey   behavepro.IssueKey
	ProjectID  int64
	ProjectKey behavepro.ProjectKey
}

// wireClaims is how claims stand in a token. It takes part in no check of the library.
type wireClaims struct {
	jwt.MapClaims `json:"-"`

	Iss     string      `json:"iss,omitempty"`
	Sub     string      `json:"sub,omitempty"`
	Aud     list        `json:"aud,omitempty"`
	Iat     *moment     `json:"iat,omitempty"`
	Nbf     *moment     `json:"nbf,omitempty"`
	Exp     *moment     `json:"exp,omitempty"`
	QSH     string      `json:"qsh,omitempty"`
	Context wireContext `json:"context,omitzero"`

	Module string  `json:"module,omitempty"` // own context tokens only
	Tenant string  `json:"tenant,omitempty"` // own context tokens only
	Since  *moment `json:"since,omitempty"`  // own context tokens only: when Jira last signed
}

type wireContext struct {
	Jira struct {
		Issue   thing `json:"issue,omitzero"`
		Project thing `json:"project,omitzero"`
	} `json:"jira,omitzero"`
}

// UnmarshalJSON passes over a context of another form, which names no issue and no project.
func (c *wireContext) UnmarshalJSON(text []byte) error {
	type plain wireContext
	var p plain
	if json.Unmarshal(text, &p) == nil {
		*c = wireContext(p)
	}
	return nil
}

type thing struct {
	ID  id     `json:"id,omitempty"`
	Key string `json:"key,omitempty"`
}

// id is an id of Jira's: a number, in JSON also as text.
type id int64

func (i *id) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	if err != nil || n < 1 {
		return fmt.Errorf("%.40s is no id: %w", text, behavepro.ErrInvalid)
	}
	*i = id(n)
	return nil
}

func (i id) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatInt(int64(i), 10) + `"`), nil
}

// list is one text or several.
type list []string

func (l *list) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// moment is seconds since 1970.
type moment struct{ time.Time }

func (m *moment) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > 1<<40 {
		return fmt.Errorf("%.40s is no time: %w", text, behavepro.ErrInvalid)
	}
	m.Time = time.Unix(int64(seconds), 0).UTC()
	return nil
}

func (m moment) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, m.Unix(), 10), nil }

func (m *moment) orZero() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.Time
}

// claims leaves out what is not a key.
func (w *wireClaims) claims() Claims {
	c := Claims{
		Issuer: w.Iss, Subject: w.Sub, Audience: w.Aud, IssuedAt: w.Iat.orZero(), Expires: w.Exp.orZero(), QSH: w.QSH,
		Context: Context{IssueID: int64(w.Context.Jira.Issue.ID), ProjectID: int64(w.Context.Jira.Project.ID)},
	}
	c.Context.IssueKey, _ = behavepro.ParseIssueKey(w.Context.Jira.Issue.Key)
	c.Context.ProjectKey, _ = behavepro.ParseProjectKey(w.Context.Jira.Project.Key)
	return c
}

// unverified is a token that was read and not yet believed.
type unverified struct {
	wire   wireClaims
	kid    string
	signed string // what the signature is over
	sum    []byte
}

var parser = jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())

// parse reads a token whose algorithm has to be method's.
func parse(token string, method jwt.SigningMethod) (*unverified, error) {
	if len(token) > maxToken {
		return nil, refuse(MalformedJWT, "%d bytes", len(token))
	}
	u := &unverified{}
	t, parts, err := parser.ParseUnverified(token, &u.wire)
	switch {
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		return nil, refuse(WrongAlgorithm, "not %s", method.Alg())
	case err != nil:
		return nil, refuse(MalformedJWT, "%v", err)
	case t.Method.Alg() != method.Alg():
		return nil, refuse(WrongAlgorithm, "%s, not %s", t.Method.Alg(), method.Alg())
	case t.Header["crit"] != nil:
		return nil, refuse(MalformedJWT, "an extension that is called critical")
	}
	u.kid, _ = t.Header["kid"].(string)
	u.signed, u.sum = parts[0]+"."+parts[1], t.Signature
	return u, nil
}

// verify checks the signature with an algorithm that is ours to choose.
func (u *unverified) verify(method jwt.SigningMethod, key any) error {
	if err := method.Verify(u.signed, u.sum, key); err != nil {
		return refuse(InvalidSignature, "%v", err)
	}
	return nil
}

// timely checks when a token is valid.
func (u *unverified) timely(now time.Time) error {
	switch {
	case u.wire.Exp == nil:
		return refuse(MissingExp, "")
	case now.After(u.wire.Exp.Add(expLeeway)):
		return refuse(TokenExpired, "%s ago", now.Sub(u.wire.Exp.Time).Round(time.Second))
	}
	for _, at := range []*moment{u.wire.Iat, u.wire.Nbf} {
		if at != nil && at.After(now.Add(iatLeeway)) {
			return refuse(FutureIat, "%s ahead", at.Sub(now).Round(time.Second))
		}
	}
	return nil
}

// bound checks that a token was made for one of the hashes.
func (u *unverified) bound(to ...string) error {
	if u.wire.QSH == "" {
		return refuse(MissingQSH, "")
	}
	if !slices.Contains(to, u.wire.QSH) {
		return refuse(InvalidQSH, "")
	}
	return nil
}

// sign makes a token.
func sign(claims *wireClaims, key []byte) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text, nil
}
