package access

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
)

// AdminFile is where a data folder keeps the token of its admin.
func AdminFile(dir string) string { return filepath.Join(dir, "admin.token") }

// EnsureAdmin sees to it that the folder's admin token is there and works, and returns the path of its file (0600). A
// missing file, or one whose token does not work any more, gets a new token; the one before is revoked.
func (r *Registry) EnsureAdmin(ctx context.Context, dir string, now time.Time) (path string, err error) {
	path = AdminFile(dir)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read admin token: %w", err)
	}
	if err == nil {
		p, err := r.Authenticate(ctx, strings.TrimSpace(string(text)), now)
		if err == nil && p.Can(Admin) {
			return path, nil
		}
		if err != nil && !errors.Is(err, behavepro.ErrUnauthenticated) {
			return "", fmt.Errorf("check admin token: %w", err)
		}
	}
	return path, r.RotateAdmin(ctx, behavepro.Change{At: now.UTC(), Through: behavepro.EntryOperator}, dir)
}

// RotateAdmin writes a new admin token to the folder's file, and then revokes those before it.
func (r *Registry) RotateAdmin(ctx context.Context, by behavepro.Change, dir string) error {
	before, err := r.List(ctx, behavepro.Local)
	if err != nil {
		return fmt.Errorf("rotate admin token: %w", err)
	}
	wish := NewToken{Name: "admin", Grant: Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []Verb{Admin}}}
	secret, _, err := r.create(ctx, by, wish, true)
	if err != nil {
		return fmt.Errorf("rotate admin token: %w", err)
	}
	if err := replaceFile(AdminFile(dir), secret.Reveal()+"\n"); err != nil {
		return fmt.Errorf("write admin token: %w", err)
	}
	for _, token := range before {
		if token.Home && token.Revoked.IsZero() {
			if err := r.Revoke(ctx, by, token.Tenant, token.ID); err != nil {
				return fmt.Errorf("rotate admin token: %w", err)
			}
		}
	}
	return nil
}

// replaceFile writes a file (0600) so that readers see the old text or the new one.
func replaceFile(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".admin-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
