package web

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/behavepro/behavepro"
)

// Decoded returns the body as its Content-Encoding says, bounded by most bytes also after decompression.
func (x *Request) Decoded(most int64) (io.ReadCloser, error) {
	r := x.R
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, InvalidUpload(err)
		}
		return &bounded{r: z, most: most, left: most, close: z.Close}, nil
	case "zstd":
		z, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
		if err != nil {
			return nil, InvalidUpload(err)
		}
		return &bounded{r: z, most: most, left: most, close: func() error { z.Close(); return nil }}, nil
	default:
		return nil, behavepro.Explain(behavepro.ErrUnsupported, fmt.Sprintf("Content-Encoding %q is not supported", encoding), "use zstd or gzip")
	}
}

// bounded stops a body that unpacks to too much.
type bounded struct {
	r     io.Reader
	most  int64
	left  int64
	close func() error
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if int64(n) > b.left {
		return 0, behavepro.Explain(behavepro.ErrLimit, "the upload unpacks to more than "+SizeText(b.most), "push it in several steps")
	}
	b.left -= int64(n)
	return n, err
}

// SizeText writes a bound of bytes in the unit that fits.
func SizeText(bytes int64) string {
	switch {
	case bytes >= 1<<30 && bytes%(1<<30) == 0:
		return fmt.Sprintf("%d GB", bytes>>30)
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

func (b *bounded) Close() error { return b.close() }

// InvalidUpload says that an upload cannot be read; an error about a bound stays what it is.
func InvalidUpload(err error) error {
	if TooLarge(err) || errors.Is(err, behavepro.ErrLimit) {
		return err
	}
	return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrInvalid, err), "the upload cannot be read", "")
}
