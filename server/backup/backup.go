// Package backup writes and reads backups of a data folder: everything that is stored, sealed, without the key that opens it.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/store/objects"
)

// A backup is a tar: what it is, the store's file, the SHA-256 of that one, then the sealed objects, each a file, and the SHA-256 of
// their names and contents.
const (
	partHead       = "behavepro-backup.json"
	partStore      = "store.db"
	partStoreSum   = "store.db.sha256"
	partObjects    = "objects/"
	partObjectsSum = "objects.sha256"
)

// Info says what a backup holds.
type Info struct {
	Format  int       `json:"format"` // of the data folder
	Version string    `json:"version"`
	Made    time.Time `json:"made"`
	Objects bool      `json:"objects"` // false in those of before there were any
}

// copyPath is where the store is copied to while a backup is made: inside the data folder, as everything.
func copyPath(data string) string { return filepath.Join(data, "tmp", "backup.db") }

// RemovePartial removes what an interrupted Write left in a data folder.
func RemovePartial(data string) error {
	left, err := filepath.Glob(copyPath(data) + "*")
	errs := []error{err}
	for _, path := range left {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// Write copies the store as it is now, calls begin, and writes the backup. version is that of the program. Only one Write at a time
// may use a data folder.
func Write(ctx context.Context, s *store.Store, data, version string, now time.Time, begin func(), to io.Writer) (err error) {
	path := copyPath(data)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), RemovePartial(data)); err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer func() { err = errors.Join(err, RemovePartial(data)) }()
	if err := s.Copy(ctx, path); err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer file.Close()
	begin()
	info := Info{Format: embedded.Format, Version: version, Made: now.UTC(), Objects: true}
	if err := write(ctx, to, file, s.Objects(), info); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

func write(ctx context.Context, to io.Writer, db *os.File, beside objects.Store, info Info) error {
	stat, err := db.Stat()
	if err != nil {
		return err
	}
	head, err := json.Marshal(info)
	if err != nil {
		return err
	}
	out := tar.NewWriter(to)
	part := func(name string, size int64) error {
		return out.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: info.Made.Truncate(time.Second), Format: tar.FormatPAX})
	}
	if err := part(partHead, int64(len(head))); err != nil {
		return err
	}
	if _, err := out.Write(head); err != nil {
		return err
	}
	if err := part(partStore, stat.Size()); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, sum), db); err != nil {
		return err
	}
	text := hex.EncodeToString(sum.Sum(nil)) + "\n"
	if err := part(partStoreSum, int64(len(text))); err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	if err := writeObjects(ctx, out, part, beside); err != nil {
		return err
	}
	return out.Close()
}

// writeObjects writes what the store keeps beside its file. What comes or goes meanwhile may be left out: content is written before
// the record that names it, and deleted after it.
func writeObjects(ctx context.Context, out io.Writer, part func(name string, size int64) error, beside objects.Store) error {
	sum := sha256.New()
	err := beside.Each(ctx, "", func(name string, _ int64) error {
		body, err := beside.Get(ctx, name)
		if errors.Is(err, behavepro.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := part(partObjects+name, int64(len(body))); err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		_, err = io.MultiWriter(out, sum).Write(body)
		return err
	})
	if err != nil {
		return err
	}
	text := hex.EncodeToString(sum.Sum(nil)) + "\n"
	if err := part(partObjectsSum, int64(len(text))); err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// Read reads a backup to its end and writes the store's file to db. One that is damaged, cut off or none is
// ErrCorrupt, one of a newer program ErrUnsupported.
func Read(from io.Reader, db io.Writer, put func(name string, body []byte) error) (Info, error) {
	var info Info
	in := tar.NewReader(from)
	head, err := readPart(in, partHead)
	if err == nil {
		err = json.Unmarshal(head, &info)
	}
	if err != nil || info.Format < 1 {
		return info, behavepro.Explain(
			errors.Join(behavepro.ErrCorrupt, err),
			"the file is not a backup",
			"name a file that `syncd backup` wrote",
		)
	}
	if info.Format > embedded.Format {
		return info, behavepro.Explain(
			behavepro.ErrUnsupported,
			fmt.Sprintf("the backup was made by a newer version (%s)", info.Version),
			"use the newer program",
		)
	}
	broken := func(err error) error {
		return behavepro.Explain(errors.Join(behavepro.ErrCorrupt, err), "the backup is damaged or cut off", "use another one")
	}
	if next, err := in.Next(); err != nil || next.Name != partStore {
		return info, broken(err)
	}
	sum := sha256.New()
	out := &failing{Writer: db}
	if _, err := io.Copy(io.MultiWriter(out, sum), in); err != nil {
		if out.err != nil {
			return info, fmt.Errorf("write store: %w", out.err)
		}
		return info, broken(err)
	}
	said, err := readPart(in, partStoreSum)
	if err != nil || string(said) != hex.EncodeToString(sum.Sum(nil))+"\n" {
		return info, broken(err)
	}
	if !info.Objects {
		return info, nil
	}
	failed, err := readObjects(in, put)
	if failed != nil {
		return info, fmt.Errorf("write object: %w", failed)
	}
	if err != nil {
		return info, broken(err)
	}
	return info, nil
}

// readObjects reads what a store keeps beside its file. failed is an error of put.
func readObjects(in *tar.Reader, put func(name string, body []byte) error) (failed, err error) {
	sum := sha256.New()
	for {
		next, err := in.Next()
		if err != nil {
			return nil, err
		}
		if next.Size > store.MaxObject+1<<20 {
			return nil, fmt.Errorf("%.100q is too large", next.Name)
		}
		body, err := io.ReadAll(io.LimitReader(in, next.Size))
		if err != nil {
			return nil, err
		}
		if next.Name == partObjectsSum {
			if string(body) != hex.EncodeToString(sum.Sum(nil))+"\n" {
				return nil, errors.New("the objects are not what they were")
			}
			return nil, nil
		}
		name, ok := strings.CutPrefix(next.Name, partObjects)
		if !ok {
			return nil, fmt.Errorf("found %.100q where an object should be", next.Name)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		if err := put(name, body); err != nil {
			return err, nil
		}
	}
}

// failing remembers the error of a writer, to tell it from one of the reader.
type failing struct {
	io.Writer
	err error
}

func (f *failing) Write(p []byte) (n int, err error) {
	n, err = f.Writer.Write(p)
	f.err = err
	return n, err
}

// readPart reads a small part.
func readPart(in *tar.Reader, name string) ([]byte, error) {
	next, err := in.Next()
	if err != nil {
		return nil, err
	}
	const most = 64 << 10
	if next.Name != name || next.Size > most {
		return nil, fmt.Errorf("found %.40q where %s should be", next.Name, name)
	}
	return io.ReadAll(io.LimitReader(in, most))
}
