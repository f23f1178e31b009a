package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// ReportFile is a report that can be opened again for each try.
type ReportFile struct {
	Name string // how it is called in the accounting
	Open func() (io.ReadCloser, error)
}

// Upload is a push with its files.
type Upload struct {
	Push           Push
	Files          []ReportFile
	IdempotencyKey string         // "" lets the server make it of the content, which repeats as safely
	OnSent         func(read int) // told how many bytes of the files were read; may be nil
}

// Names of the parts of an upload.
const (
	PartPush = "push" // the first: a Push as JSON
	PartFile = "file" // each report
)

// PushResults streams an upload, compressed, and returns its accounting. The server counts the same push once, so it is
// repeated as long as the server cannot be reached.
func (c *Client) PushResults(ctx context.Context, up Upload) (Accounting, error) {
	var out Accounting
	err := c.do(ctx, call{
		method: http.MethodPost, path: []string{"results"}, out: &out, safe: true,
		body: func(context.Context) (io.ReadCloser, http.Header, error) { return up.stream() },
	})
	return out, err
}

// stream starts to write the upload; closing the reader ends that and waits for it.
func (up *Upload) stream() (io.ReadCloser, http.Header, error) {
	r, w := io.Pipe()
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, nil, fmt.Errorf("compress upload: %w", err)
	}
	form := multipart.NewWriter(z)
	s := &uploadStream{PipeReader: r, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		err := up.write(form)
		if err == nil {
			err = form.Close()
		}
		if cerr := z.Close(); err == nil {
			err = cerr
		}
		w.CloseWithError(err)
	}()
	header := http.Header{}
	header.Set("Content-Type", form.FormDataContentType())
	header.Set("Content-Encoding", "zstd")
	header.Set("Expect", "100-continue") // so that a wrong token costs no upload
	if up.IdempotencyKey != "" {
		header.Set("Idempotency-Key", up.IdempotencyKey)
	}
	return s, header, nil
}

// uploadStream is the reading end of an upload that is being written.
type uploadStream struct {
	*io.PipeReader
	done chan struct{}
}

func (s *uploadStream) Close() error {
	err := s.PipeReader.Close()
	<-s.done
	return err
}

// write writes the parts of the upload.
func (up *Upload) write(form *multipart.Writer) error {
	part, err := form.CreatePart(partHeader(PartPush, "", "application/json"))
	if err != nil {
		return err
	}
	if err := json.NewEncoder(part).Encode(up.Push); err != nil {
		return err
	}
	for _, f := range up.Files {
		if err := up.writeFile(form, f); err != nil {
			return err
		}
	}
	return nil
}

func (up *Upload) writeFile(form *multipart.Writer, f ReportFile) error {
	part, err := form.CreatePart(partHeader(PartFile, f.Name, "application/octet-stream"))
	if err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return &localError{f.Name, err}
	}
	defer r.Close()
	_, err = io.Copy(part, &counted{r, f.Name, up.OnSent})
	return err
}

// partHeader names a part. The name of a file travels in a header of its own: readers of multipart cut folders off a
// filename.
func partHeader(name, file, media string) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", `form-data; name="`+name+`"`)
	if file != "" {
		h.Set(FileNameHeader, escapeName.Replace(file))
	}
	h.Set("Content-Type", media)
	return h
}

// FileNameHeader of a part holds the name of a report file, with %, CR and LF percent-encoded.
const FileNameHeader = "X-File-Name"

var (
	escapeName   = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	unescapeName = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n")
)

// FileName reads what FileNameHeader holds.
func FileName(header string) string { return unescapeName.Replace(header) }

// counted tells how much was read.
type counted struct {
	r    io.Reader
	file string
	tell func(int)
}

// localError is why a report could not be read on this machine.
type localError struct {
	file string
	err  error
}

func (e *localError) Error() string { return "read report " + e.file + ": " + e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 && c.tell != nil {
		c.tell(n)
	}
	if err != nil && err != io.EOF {
		err = &localError{c.file, err}
	}
	return n, err
}
