package results

import (
	"context"
	"io"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/results/report"
)

// attachments are those of the reports of one push. Content is never held for long: reports are read once more to send what the
// server lacks.
type attachments struct {
	files []client.ReportFile
	found map[behavepro.Hash]bool
}

// split gives the reports without the content of their attachments, and notes what there is of them. read is told how many bytes of
// the reports themselves were read.
func (a *attachments) split(files []client.ReportFile, read func(int)) []client.ReportFile {
	a.files, a.found = files, map[behavepro.Hash]bool{}
	without := make([]client.ReportFile, len(files))
	for i, f := range files {
		without[i] = client.ReportFile{Name: f.Name, Open: func() (io.ReadCloser, error) {
			return openSplit(f, read, func(hash behavepro.Hash, _ []byte) error {
				a.found[hash] = true
				return nil
			})
		}}
	}
	return without
}

// splitFile closes the report after what reads it.
type splitFile struct {
	io.ReadCloser
	file io.Closer
}

func (s *splitFile) Close() error {
	s.ReadCloser.Close() // it only ends the reading
	return s.file.Close()
}

func openSplit(f client.ReportFile, read func(int), sink report.Sink) (io.ReadCloser, error) {
	file, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &splitFile{report.Split(&told{file, read}, sink), file}, nil
}

// told tells how much was read.
type told struct {
	io.Reader
	tell func(int)
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if n > 0 && t.tell != nil {
		t.tell(n)
	}
	return n, err
}

// send sends the attachments that the server lacks, each by itself: what was sent before an interruption is not sent again.
func (a *attachments) send(ctx context.Context, c *client.Client, push string) (sent int, err error) {
	missing := map[behavepro.Hash]bool{}
	var batch []behavepro.Hash
	ask := func() error {
		answer, err := c.MissingAttachments(ctx, push, batch)
		for _, hash := range answer.Missing {
			missing[hash] = true
		}
		batch = batch[:0]
		return err
	}
	for hash := range a.found {
		if batch = append(batch, hash); len(batch) == client.MaxAttachmentHashes {
			if err := ask(); err != nil {
				return 0, err
			}
		}
	}
	if len(batch) > 0 {
		if err := ask(); err != nil {
			return 0, err
		}
	}
	for _, f := range a.files {
		if len(missing) == 0 {
			break
		}
		if err := a.sendOf(ctx, c, push, f, missing, &sent); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// sendOf sends what is missing of one report.
func (a *attachments) sendOf(
	ctx context.Context,
	c *client.Client,
	push string,
	f client.ReportFile,
	missing map[behavepro.Hash]bool,
	sent *int,
) error {
	r, err := openSplit(f, nil, func(hash behavepro.Hash, content []byte) error {
		if !missing[hash] {
			return nil
		}
		if err := c.SendAttachment(ctx, push, hash, content); err != nil {
			return err
		}
		delete(missing, hash)
		*sent++
		return nil
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	r.Close() // it was only read
	return err
}

// sendAttachments sends what a push that was taken in names. Its results are safe whatever becomes of that.
func (o *pushOptions) sendAttachments(ctx context.Context, c *client.Client, a *attachments, push string) error {
	if len(a.found) == 0 {
		return nil
	}
	sent, err := a.send(ctx, c, push)
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		o.Note("the results are stored, but not all attachments: %v (the same command sends the rest)", err)
	case sent > 0:
		o.Note("%s sent", cli.Plural(sent, "attachment was", "attachments were"))
	}
	return nil
}
