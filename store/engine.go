package store

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
)

// Copier is a driver that can copy its data while it is in use.
type Copier interface {
	// Copy writes all data as it is at one moment into a new file at path (0600), and returns when it is on disk. What is
	// written meanwhile is not in it. Writers do not wait for it.
	Copy(ctx context.Context, path string) error
}

// Checker is a driver that can look for damage in its own files.
type Checker interface {
	// Check tells what is damaged, one text each; none means that nothing was found.
	Check(ctx context.Context) (damages []string, err error)
}

// Copy writes a copy of everything into a new file: sealed as it is, without the key that opens it. A driver that cannot
// do it is ErrUnsupported.
func (s *Store) Copy(ctx context.Context, path string) error {
	c, ok := s.driver.(Copier)
	if !ok {
		return fmt.Errorf("copy store: its engine makes its own backups: %w", behavepro.ErrUnsupported)
	}
	if err := c.Copy(ctx, path); err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	return nil
}

// Check asks the driver for damage in its files; a driver that cannot look finds none.
func (s *Store) Check(ctx context.Context) (damages []string, err error) {
	c, ok := s.driver.(Checker)
	if !ok {
		return nil, nil
	}
	if damages, err = c.Check(ctx); err != nil {
		return nil, fmt.Errorf("check store: %w", err)
	}
	return damages, nil
}
