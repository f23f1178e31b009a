package api

import (
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/behavepro/behavepro"
)

// decoded reads a body as its Content-Encoding says, bounded also after that.
func decoded(r *http.Request) (io.ReadCloser, error) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, uploadOrInvalid(err)
		}
		return &bounded{r: z, left: maxDecoded, close: z.Close}, nil
	case "zstd":
		z, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(32<<20))
		if err != nil {
			return nil, uploadOrInvalid(err)
		}
		return &bounded{r: z, left: maxDecoded, close: func() error { z.Close(); return nil }}, nil
	default:
		return nil, behavepro.Explain(behavepro.ErrUnsupported, fmt.Sprintf("Content-Encoding %q is not supported", encoding), "use zstd or gzip")
	}
}

// bounded stops a body that unpacks to too much.
type bounded struct {
	r     io.Reader
	left  int64
	close func() error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("the upload unpacks to more than %d GB", maxDecoded>>30), "push it in several steps")
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *bounded) Close() error { return b.close() }
