// Package objects keeps bodies that are too large for records, such as screenshots: bytes under names, nothing else. What
// is kept is sealed before it gets here, and names tell nothing of what they stand for.
//
// Files is the store inside a data folder; a bucket of an object store fits the same interface.
package objects

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/behavepro/behavepro"
)

// Store keeps objects. Names are parts of a-z, 0-9, - and _ with slashes between them. It is safe for use by many goroutines.
type Store interface {
	// Put writes an object whole or not at all, and durably; what has the name already is replaced.
	Put(ctx context.Context, name string, body []byte) error
	// Get reads an object. None is ErrNotFound.
	Get(ctx context.Context, name string) ([]byte, error)
	// Drop deletes an object, or all whose names go on with a slash. What is not there is no error.
	Drop(ctx context.Context, name string) error
	// Each calls yield for every object below a name, "" for all, in order. What is written or dropped meanwhile may be told or not.
	Each(ctx context.Context, below string, yield func(name string, size int64) error) error
}

// None is a Store that keeps nothing: where no place for objects was given.
type None struct{}

func (None) Put(context.Context, string, []byte) error {
	return fmt.Errorf("write object: this store keeps none: %w", behavepro.ErrUnsupported)
}

func (None) Get(_ context.Context, name string) ([]byte, error) {
	return nil, fmt.Errorf("object %s: %w", name, behavepro.ErrNotFound)
}
func (None) Drop(context.Context, string) error                            { return nil }
func (None) Each(context.Context, string, func(string, int64) error) error { return nil }

// Files is a Store in a folder: an object is a file (0600) at its name.
type Files struct{ root string }

// NewFiles uses a folder, which is made when something is put into it.
func NewFiles(root string) *Files { return &Files{root} }

// unfinished begins the names of files that are being written: no object's name has a dot.
const unfinished = ".new-"

func (f *Files) path(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") || strings.Contains(name, "//") ||
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_/") != "" {
		return "", fmt.Errorf("object %q: not a name: %w", name, behavepro.ErrInvalid)
	}
	return filepath.Join(f.root, filepath.FromSlash(name)), nil
}

func (f *Files) Put(_ context.Context, name string, body []byte) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write object: %w", err)
	}
	part := filepath.Join(dir, unfinished+rand.Text())
	if err := writeFile(part, body); err != nil {
		return errors.Join(fmt.Errorf("write object: %w", err), remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(fmt.Errorf("write object: %w", err), remove(part))
	}
	return syncFolder(dir)
}

func writeFile(path string, body []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncFolder puts the names in a folder on disk.
func syncFolder(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write object: %w", err)
	}
	return errors.Join(file.Sync(), file.Close())
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f *Files) Get(_ context.Context, name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("object %s: %w", name, behavepro.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	return body, nil
}

func (f *Files) Drop(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	return nil
}

func (f *Files) Each(ctx context.Context, below string, yield func(name string, size int64) error) error {
	root := f.root
	if below != "" {
		var err error
		if root, err = f.path(below); err != nil {
			return err
		}
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), unfinished) {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(f.root, path)
		if err != nil {
			return err
		}
		return yield(filepath.ToSlash(name), info.Size())
	})
}

// Forget removes what writes left that were broken off. Nobody else may use the folder meanwhile.
func (f *Files) Forget() error {
	err := filepath.WalkDir(f.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), unfinished) {
			return err
		}
		return remove(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
