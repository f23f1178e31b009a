package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Database is the file of a data folder that holds everything but the key.
func Database(dir string) string { return filepath.Join(dir, "store.db") }

// Holds reports whether a folder holds data.
func Holds(dir string) bool {
	_, err := os.Stat(Database(dir))
	return err == nil
}

// Copy and Check are the driver's own.
func (l *locked) Copy(ctx context.Context, path string) error {
	c, ok := l.Driver.(store.Copier)
	if !ok {
		return fmt.Errorf("copy: %w", behavepro.ErrUnsupported)
	}
	return c.Copy(ctx, path)
}

func (l *locked) Check(ctx context.Context) ([]string, error) {
	c, ok := l.Driver.(store.Checker)
	if !ok {
		return nil, nil
	}
	return c.Check(ctx)
}
