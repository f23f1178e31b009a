package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/behavepro/behavepro"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
)

const (
	keyFileHead = "behavepro-key-1:"
	keySize     = 32
)

// File is a Wrapper whose key is in a file: one line, "behavepro-key-1:" and 32 bytes in base64, readable by its owner
// only. Who has the file and the data can read everything; who has only one of them, nothing.
type File struct {
	path   string
	cipher *subtle.AESGCM
}

// OpenFile reads the key at path. A missing file is ErrNotFound, one that others may read or write is ErrForbidden, and
// one that is no key is ErrCorrupt; the messages name the file and say what to do.
func OpenFile(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &behavepro.Problem{
			Msg:  "the key file " + path + " is missing",
			Hint: "the data was sealed with it and cannot be read without it: put the file back, or name its place with --key file://PATH",
			Err:  fmt.Errorf("open key file: %w", behavepro.ErrNotFound),
		}
	case err != nil:
		return nil, fmt.Errorf("open key file: %w", err)
	case info.Mode().Perm()&0o037 != 0:
		return nil, behavepro.Explain(behavepro.ErrForbidden,
			fmt.Sprintf("the key file %s is open to others (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, behavepro.Explain(err, path+" is not a key file", "put back the file that this data was created with")
	}
	return newFile(path, key)
}

// CreateFile writes a new key to path (0600, its folder 0700) and syncs it to disk before it returns. It never replaces
// a file: one that is there is opened.
func CreateFile(path string) (*File, error) {
	if _, err := os.Lstat(path); err == nil {
		return OpenFile(path)
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("create key folder: %w", err)
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	text := keyFileHead + base64.StdEncoding.EncodeToString(key) + "\n"
	if err := writeOnce(folder, path, text); err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	return newFile(path, key)
}

// writeOnce publishes the file under its name only when it is whole and on disk.
func writeOnce(folder, path, text string) error {
	tmp, err := os.CreateTemp(folder, ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func parseKey(text []byte) ([]byte, error) {
	line, found := bytes.CutPrefix(bytes.TrimSpace(text), []byte(keyFileHead))
	key, err := base64.StdEncoding.DecodeString(string(line))
	if !found || err != nil || len(key) != keySize {
		return nil, fmt.Errorf("parse key file: %w", behavepro.ErrCorrupt)
	}
	return key, nil
}

func newFile(path string, key []byte) (*File, error) {
	cipher, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("use key file: %w", err)
	}
	return &File{path: path, cipher: cipher}, nil
}

// EncryptWithContext wraps plain, bound to the associated data.
func (f *File) EncryptWithContext(_ context.Context, plain, associated []byte) ([]byte, error) {
	return f.cipher.Encrypt(plain, associated)
}

// DecryptWithContext unwraps what EncryptWithContext made.
func (f *File) DecryptWithContext(_ context.Context, wrapped, associated []byte) ([]byte, error) {
	return f.cipher.Decrypt(wrapped, associated)
}

// Name is the path of the file.
func (f *File) Name() string { return f.path }

func (f *File) String() string             { return f.path }
func (f *File) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.path)) }
