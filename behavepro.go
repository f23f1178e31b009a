// Package behavepro holds the words that all packages share: names of things, statuses, accounting and the kinds of
// errors. It imports the standard library only, and nothing in it does work.
package behavepro

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// TenantID names one Jira site that installed the app, or Local. All data belongs to exactly one tenant.
type TenantID string

// Local is the site-less tenant of a self-hosted start.
const Local TenantID = "local"

// RepositoryID is the random id of a connected repository, unique in its tenant.
type RepositoryID string

// SHA is a Git object name (SHA-1): of a commit, a tree or a blob. The zero SHA names nothing.
type SHA [20]byte

// ParseSHA reads 40 hexadecimal digits.
func ParseSHA(s string) (SHA, error) {
	var sha SHA
	if len(s) != 2*len(sha) {
		return sha, fmt.Errorf("%q is not a full 40-digit SHA: %w", s, ErrInvalid)
	}
	if _, err := hex.Decode(sha[:], []byte(s)); err != nil {
		return sha, fmt.Errorf("%q is not a SHA: %w", s, ErrInvalid)
	}
	return sha, nil
}

func (s SHA) String() string                { return hex.EncodeToString(s[:]) }
func (s SHA) IsZero() bool                  { return s == SHA{} }
func (s SHA) MarshalText() ([]byte, error)  { return []byte(s.String()), nil }
func (s *SHA) UnmarshalText(b []byte) error { return unmarshalHex(s[:], b) }

// Raw is the 20 bytes as a string, the form of a key.
func (s SHA) Raw() string { return string(s[:]) }

// FromRaw reads what Raw wrote.
func FromRaw(raw string) (SHA, error) {
	if len(raw) != len(SHA{}) {
		return SHA{}, fmt.Errorf("a SHA of %d bytes: %w", len(raw), ErrCorrupt)
	}
	return SHA([]byte(raw)), nil
}

// Short is the form for people: the first seven digits.
func (s SHA) Short() string { return s.String()[:7] }

// Hash is a SHA-256 that names something of ours: a feature tree, an identity, a ref set.
type Hash [32]byte

// Sum hashes parts, each preceded by its length, so that no two lists of parts collide.
func Sum(parts ...string) Hash {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write([]byte(p))
	}
	return Hash(h.Sum(nil))
}

func (h Hash) String() string                { return hex.EncodeToString(h[:]) }
func (h Hash) IsZero() bool                  { return h == Hash{} }
func (h Hash) MarshalText() ([]byte, error)  { return []byte(h.String()), nil }
func (h *Hash) UnmarshalText(b []byte) error { return unmarshalHex(h[:], b) }

// Lineage is the identity of a scenario through time: it survives edits, renames and moves.
type Lineage [32]byte

func (l Lineage) String() string                { return hex.EncodeToString(l[:]) }
func (l Lineage) IsZero() bool                  { return l == Lineage{} }
func (l Lineage) MarshalText() ([]byte, error)  { return []byte(l.String()), nil }
func (l *Lineage) UnmarshalText(b []byte) error { return unmarshalHex(l[:], b) }

// RowID is the identity of an example row under its outline's lineage. The zero RowID stands for the scenario itself.
type RowID [32]byte

func (r RowID) String() string                { return hex.EncodeToString(r[:]) }
func (r RowID) IsZero() bool                  { return r == RowID{} }
func (r RowID) MarshalText() ([]byte, error)  { return []byte(r.String()), nil }
func (r *RowID) UnmarshalText(b []byte) error { return unmarshalHex(r[:], b) }

// Wording is the hash of what a scenario or row says: steps with arguments, inherited background, row header and cells;
// no names, tags, comments or layout.
type Wording [32]byte

func (w Wording) String() string                { return hex.EncodeToString(w[:]) }
func (w Wording) IsZero() bool                  { return w == Wording{} }
func (w Wording) MarshalText() ([]byte, error)  { return []byte(w.String()), nil }
func (w *Wording) UnmarshalText(b []byte) error { return unmarshalHex(w[:], b) }

func unmarshalHex(to, text []byte) error {
	if len(text) == 0 {
		clear(to)
		return nil
	}
	if len(text) != 2*len(to) {
		return fmt.Errorf("%q does not have %d hexadecimal digits: %w", text, 2*len(to), ErrInvalid)
	}
	if _, err := hex.Decode(to, text); err != nil {
		return fmt.Errorf("%q is not hexadecimal: %w", text, ErrInvalid)
	}
	return nil
}

// Param is one ordered pair of a matrix job, such as Os=Linux.
type Param struct {
	Name  string `json:"name" cbor:"1,keyasint"`
	Value string `json:"value" cbor:"2,keyasint"`
}

// ParamSet names a set of params regardless of their order: sorted, "Name=Value" each, joined by newlines.
func ParamSet(params []Param) string {
	pairs := make([]string, len(params))
	for i, p := range params {
		pairs[i] = p.Name + "=" + p.Value
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "\n")
}

// CompareSHA orders SHAs by their bytes.
func CompareSHA(a, b SHA) int { return cmp.Compare(string(a[:]), string(b[:])) }
