package store

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
)

// The encoding of keys keeps the order of their parts and holds any bytes. A Plain part is written as it is, with 00 as
// 00 FF, and ends with 00 01 unless it is the last; a Keyed part is the bytes of its hash, whose length is known.
const (
	escaped    = "\x00\xff"
	terminator = "\x00\x01"
)

// hashed marks a Keyed part as it comes back from a scan: the hash itself, in hexadecimal. Written into a key again it
// is taken as the hash that it is, so that what was scanned can be read, replaced and deleted.
const hashed = "\x00hmac:"

// layout is how one list of fields, a key's or an index's, is encoded.
type layout struct {
	what    string // for messages
	whole   bool   // a record's key, not an index value
	fields  []Field
	domains [][]string // what sets equal values of different fields apart when they are hashed
}

func newLayout(kind *Kind, index string, fields []Field) *layout {
	l := &layout{what: kind.Name, whole: index == "", fields: fields}
	if index != "" {
		l.what += " index " + index
	}
	for _, f := range fields {
		l.domains = append(l.domains, []string{kind.Name, index, f.Name})
	}
	return l
}

// codec is a kind made ready for use.
type codec struct {
	kind    *Kind
	key     *layout
	indexes map[string]*layout
}

func newCodec(kind *Kind) *codec {
	c := &codec{kind: kind, key: newLayout(kind, "", kind.Key), indexes: map[string]*layout{}}
	for _, x := range kind.Indexes {
		c.indexes[x.Name] = newLayout(kind, x.Name, x.Fields)
	}
	return c
}

// layout returns the layout of an index, or of the key for "".
func (c *codec) layout(index string) (*layout, error) {
	if index == "" {
		return c.key, nil
	}
	l := c.indexes[index]
	if l == nil {
		return nil, fmt.Errorf("kind %s has no index %q: %w", c.kind.Name, index, behavepro.ErrInvalid)
	}
	return l, nil
}

// check finds what encode would stumble over, without hashing anything.
func (c *codec) check(ch *Change) error {
	if err := c.key.arity(ch.Key); err != nil {
		return err
	}
	for _, e := range ch.Index {
		l, err := c.layout(e.Index)
		if err != nil {
			return err
		}
		if e.Index == "" {
			return fmt.Errorf("kind %s: index entry without the index's name: %w", c.kind.Name, behavepro.ErrInvalid)
		}
		if err := l.arity(e.Value); err != nil {
			return err
		}
	}
	if len(ch.Body) > MaxRecord {
		return fmt.Errorf("kind %s: body of %d bytes, more than %d: %w", c.kind.Name, len(ch.Body), MaxRecord, behavepro.ErrLimit)
	}
	return nil
}

func (l *layout) arity(key Key) error {
	if len(key) != len(l.fields) {
		return fmt.Errorf("%s: %d parts where %d are declared: %w", l.what, len(key), len(l.fields), behavepro.ErrInvalid)
	}
	if l.whole && len(key) == 1 && key[0] == "" && l.fields[0].Guard == Plain {
		return fmt.Errorf("%s: empty key: %w", l.what, behavepro.ErrInvalid)
	}
	return nil
}

// encode writes a whole key.
func (l *layout) encode(keys *seal.Keys, key Key) (string, error) {
	if err := l.arity(key); err != nil {
		return "", err
	}
	return l.encodePrefix(keys, key)
}

// encodePrefix writes the leading parts of a key; only the last part of a whole key goes without its terminator.
func (l *layout) encodePrefix(keys *seal.Keys, prefix Key) (string, error) {
	if len(prefix) > len(l.fields) {
		return "", fmt.Errorf("%s: %d parts where %d are declared: %w", l.what, len(prefix), len(l.fields), behavepro.ErrInvalid)
	}
	size := 0
	for _, p := range prefix {
		size += max(len(p)+len(terminator), seal.HashSize)
	}
	out := make([]byte, 0, size)
	for i, part := range prefix {
		if l.fields[i].Guard == Plain {
			out = appendEscaped(out, part)
			if i < len(l.fields)-1 {
				out = append(out, terminator...)
			}
			continue
		}
		sum, err := l.hash(keys, i, part)
		if err != nil {
			return "", err
		}
		out = append(out, sum...)
	}
	return string(out), nil
}

func (l *layout) hash(keys *seal.Keys, field int, part string) ([]byte, error) {
	if text, ok := strings.CutPrefix(part, hashed); ok && len(text) == 2*seal.HashSize {
		if sum, err := hex.DecodeString(text); err == nil {
			return sum, nil
		}
	}
	sum, err := keys.Hash(l.domains[field], part)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", l.what, err)
	}
	return sum, nil
}

func appendEscaped(to []byte, part string) []byte {
	if strings.IndexByte(part, 0) < 0 {
		return append(to, part...)
	}
	for i := range len(part) {
		if part[i] == 0 {
			to = append(to, escaped...)
		} else {
			to = append(to, part[i])
		}
	}
	return to
}

// decode reads what encode wrote; Keyed parts come back as marked hashes.
func (l *layout) decode(text string) (Key, error) {
	key := make(Key, len(l.fields))
	for i, f := range l.fields {
		if f.Guard == Keyed {
			if len(text) < seal.HashSize {
				return nil, fmt.Errorf("decode %s: key too short: %w", l.what, behavepro.ErrCorrupt)
			}
			key[i] = hashed + hex.EncodeToString([]byte(text[:seal.HashSize]))
			text = text[seal.HashSize:]
			continue
		}
		part := text
		if i == len(l.fields)-1 {
			text = ""
		} else {
			var found bool
			if part, text, found = strings.Cut(text, terminator); !found {
				return nil, fmt.Errorf("decode %s: part without end: %w", l.what, behavepro.ErrCorrupt)
			}
		}
		key[i] = strings.ReplaceAll(part, escaped, "\x00")
	}
	if text != "" {
		return nil, fmt.Errorf("decode %s: key too long: %w", l.what, behavepro.ErrCorrupt)
	}
	return key, nil
}

// bounds turns a range into the half-open range of encoded texts that a driver scans.
func (l *layout) bounds(keys *seal.Keys, r *Range) (from, to string, err error) {
	prefix, err := l.encodePrefix(keys, r.Prefix)
	if err != nil {
		return "", "", err
	}
	n := len(r.Prefix)
	if r.From == "" && r.To == "" {
		if n == len(l.fields) { // a whole key: itself alone
			return prefix, prefix + "\x00", nil
		}
		return prefix, after(prefix), nil
	}
	if n == len(l.fields) || l.fields[n].Guard != Plain {
		return "", "", fmt.Errorf("scan %s: From and To need a plain part after the prefix: %w", l.what, behavepro.ErrInvalid)
	}
	from, to = prefix+string(appendEscaped(nil, r.From)), after(prefix)
	if r.To != "" {
		to = prefix + string(appendEscaped(nil, r.To))
	}
	return from, to, nil
}

// after returns the smallest text above all that start with prefix; "" where there is none.
func after(prefix string) string {
	b := []byte(prefix)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return ""
	}
	b[len(b)-1]++
	return string(b)
}
