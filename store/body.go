package store

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store/seal"
	"github.com/klauspost/compress/zstd"
)

// MaxRecord is the most bytes that a record's plain body may have, split or not.
const MaxRecord = 256 << 20

// The first byte of a stored body says what was sealed behind it. It is part of the associated data.
const (
	formRaw   byte = 1 // the body as it is
	formZstd  byte = 2 // the body, compressed
	formParts byte = 3 // where the parts of the body are
)

// minCompress is the size below which compressing does not help enough to pay for itself.
const minCompress = 192

// The encoder holds megabytes: programs that open no store never make it. Open makes it, not the first body that needs it: in a test,
// that could be in a bubble of synctest, whose channels nobody outside of it may use.
var (
	compressor   = sync.OnceValue(newCompressor)
	decompressor = sync.OnceValue(newDecompressor)
	packBuffers  = sync.Pool{New: func() any { return new([]byte) }}
)

func newCompressor() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false))
	if err != nil {
		panic("zstd encoder: " + err.Error()) // only wrong options get here
	}
	e.EncodeAll(nil, nil) // makes its channel
	return e
}

func newDecompressor() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxRecord), zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic("zstd decoder: " + err.Error()) // only wrong options get here
	}
	return d
}

// pack compresses a body where that helps. done gives the buffer back.
func pack(plain []byte) (form byte, packed []byte, done func()) {
	if len(plain) < minCompress {
		return formRaw, plain, func() {}
	}
	buf := packBuffers.Get().(*[]byte)
	out := compressor().EncodeAll(plain, (*buf)[:0])
	done = func() {
		if cap(out) <= 1<<20 {
			*buf = out[:0]
			packBuffers.Put(buf)
		}
	}
	if len(out) >= len(plain) {
		done()
		return formRaw, plain, func() {}
	}
	return formZstd, out, done
}

// unpack undoes pack. What would grow over MaxRecord is refused.
func unpack(form byte, packed []byte) ([]byte, error) {
	switch form {
	case formRaw:
		return packed, nil
	case formZstd:
		plain, err := decompressor().DecodeAll(packed, nil)
		if err != nil {
			return nil, fmt.Errorf("decompress body: %w: %w", behavepro.ErrCorrupt, err)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("body of unknown form %d: %w", form, behavepro.ErrCorrupt)
}

// binding is the associated data of a body: it opens nowhere but in its own tenant, kind, key and form.
func binding(form byte, at Space, key string) []byte {
	out := make([]byte, 0, 1+len(at.Tenant)+len(at.Kind)+len(key)+6)
	out = append(out, form)
	for _, word := range []string{at.Tenant, at.Kind, key} {
		out = append(binary.AppendUvarint(out, uint64(len(word))), word...)
	}
	return out
}

func sealBody(keys *seal.Keys, form byte, at Space, key string, packed []byte) ([]byte, error) {
	sealed, err := keys.Seal(binding(form, at, key), packed)
	if err != nil {
		return nil, err
	}
	return append(append(make([]byte, 0, 1+len(sealed)), form), sealed...), nil
}

func openBody(keys *seal.Keys, at Space, key string, body []byte) (form byte, packed []byte, err error) {
	if len(body) == 0 {
		return 0, nil, fmt.Errorf("empty body: %w", behavepro.ErrCorrupt)
	}
	packed, err = keys.Open(binding(body[0], at, key), body[1:])
	return body[0], packed, err
}
