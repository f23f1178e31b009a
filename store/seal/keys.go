package seal

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// HashSize is the length in bytes of what Keys.Hash returns.
const HashSize = 20

// Overhead is how many bytes Keys.Seal adds to a plain text.
const Overhead = 5 + 12 + 16

// Wrapper encrypts keysets under a key-encryption key that is kept apart from the data. Its two methods are those of
// tink's AEADWithContext, so a KMS client of tink's is nearly one already.
type Wrapper interface {
	EncryptWithContext(ctx context.Context, plain, associated []byte) ([]byte, error)
	DecryptWithContext(ctx context.Context, wrapped, associated []byte) ([]byte, error)
	// Name says where the key is, for messages: a file's path, a KMS key's ARN. It holds no secret.
	Name() string
}

// Wrapped is a tenant's keysets as they are stored: encrypted under a Wrapper, bound to their owner.
type Wrapped struct {
	AEAD []byte `cbor:"1,keyasint"`
	PRF  []byte `cbor:"2,keyasint"`
}

// Keys seals, opens and hashes for one owner: a tenant or the directory. It is safe for concurrent use and prints as
// [hidden].
type Keys struct {
	owner   string
	aeadSet *keyset.Handle
	prfSet  *keyset.Handle
	aead    tink.AEAD
	prf     *prf.Set
}

// New makes the first keysets of an owner.
func New(owner string) (*Keys, error) {
	a, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	p, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make hashing key: %w", err)
	}
	return fromHandles(owner, a, p)
}

func fromHandles(owner string, a, p *keyset.Handle) (*Keys, error) {
	cipher, err := aead.New(a)
	if err != nil {
		return nil, fmt.Errorf("use sealing key: %w", err)
	}
	hash, err := prf.NewPRFSet(p)
	if err != nil {
		return nil, fmt.Errorf("use hashing key: %w", err)
	}
	return &Keys{owner: owner, aeadSet: a, prfSet: p, aead: cipher, prf: hash}, nil
}

// Open unwraps an owner's keysets. Keysets wrapped for another owner, or by another key, are ErrCorrupt.
func Open(ctx context.Context, w Wrapper, owner string, wrapped Wrapped) (*Keys, error) {
	a, err := keyset.ReadWithContext(ctx, keyset.NewBinaryReader(bytes.NewReader(wrapped.AEAD)), w, binding(owner, "aead"))
	if err != nil {
		return nil, unwrapError(ctx, w, err)
	}
	p, err := keyset.ReadWithContext(ctx, keyset.NewBinaryReader(bytes.NewReader(wrapped.PRF)), w, binding(owner, "prf"))
	if err != nil {
		return nil, unwrapError(ctx, w, err)
	}
	return fromHandles(owner, a, p)
}

func unwrapError(ctx context.Context, w Wrapper, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &behavepro.Problem{
		Msg:  "the key in " + w.Name() + " does not open this data",
		Hint: "put back the key that this data was created with; without it the data cannot be read",
		Err:  fmt.Errorf("unwrap keyset: %w: %w", behavepro.ErrCorrupt, err),
	}
}

// Wrap encrypts the keysets for storing.
func (k *Keys) Wrap(ctx context.Context, w Wrapper) (Wrapped, error) {
	var a, p bytes.Buffer
	if err := k.aeadSet.WriteWithContext(ctx, keyset.NewBinaryWriter(&a), w, binding(k.owner, "aead")); err != nil {
		return Wrapped{}, fmt.Errorf("wrap sealing key: %w", err)
	}
	if err := k.prfSet.WriteWithContext(ctx, keyset.NewBinaryWriter(&p), w, binding(k.owner, "prf")); err != nil {
		return Wrapped{}, fmt.Errorf("wrap hashing key: %w", err)
	}
	return Wrapped{AEAD: a.Bytes(), PRF: p.Bytes()}, nil
}

// Rotated returns keys that seal with a new key and still open everything these opened. Hashes stay as they are.
func (k *Keys) Rotated() (*Keys, error) {
	m := keyset.NewManagerFromHandle(k.aeadSet)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("add sealing key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("make sealing key primary: %w", err)
	}
	a, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("rotate sealing key: %w", err)
	}
	return fromHandles(k.owner, a, k.prfSet)
}

// Seal encrypts plain. The result opens only with the same associated data.
func (k *Keys) Seal(associated, plain []byte) ([]byte, error) {
	sealed, err := k.aead.Encrypt(plain, associated)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal made; anything else, or other associated data, is ErrCorrupt.
func (k *Keys) Open(associated, sealed []byte) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, associated)
	if err != nil {
		return nil, fmt.Errorf("open sealed body: %w", behavepro.ErrCorrupt)
	}
	return plain, nil
}

// Hash names value without showing it: equal values of one field of one owner have equal hashes of HashSize bytes, and
// nothing else is to be learned from them. The field is a list of words, such as kind and field name.
func (k *Keys) Hash(field []string, value string) ([]byte, error) {
	input := make([]byte, 0, 64+len(value))
	for _, word := range field {
		input = appendWord(input, word)
	}
	sum, err := k.prf.ComputePrimaryPRF(append(input, value...), HashSize)
	if err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	return sum, nil
}

func (*Keys) String() string       { return "[hidden]" }
func (*Keys) GoString() string     { return "[hidden]" }
func (*Keys) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// Format keeps fmt's verbs from walking into the fields.
func (*Keys) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[hidden]")) }

// binding ties a wrapped keyset to its owner and use, so that neither can be swapped for another's in the store.
func binding(owner, use string) []byte {
	return appendWord(appendWord([]byte("behavepro keyset\n"), owner), use)
}

func appendWord(to []byte, word string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(word))), word...)
}

// SameKeys reports whether k and other have the same sealing keys.
func (k *Keys) SameKeys(other *Keys) bool {
	return slices.EqualFunc(k.aeadSet.KeysetInfo().GetKeyInfo(), other.aeadSet.KeysetInfo().GetKeyInfo(),
		func(a, b *tinkpb.KeysetInfo_KeyInfo) bool { return a.GetKeyId() == b.GetKeyId() })
}
