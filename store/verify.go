package store

import (
	"context"
	"fmt"
)

// Verify opens the body of every record of a kind, and calls bad for each that does not open, with its key as text. It
// ends with an error only where the records cannot be read at all. n counts the records.
func (s *Scope) Verify(ctx context.Context, kind *Kind, bad func(key string, err error)) (n int, err error) {
	c, err := s.codec(kind)
	if err != nil {
		return 0, err
	}
	const atOnce = 64 // bodies may be large
	for q := (Query{Limit: atOnce}); ; {
		cursor, count, err := s.verifyPage(ctx, c, q, bad)
		n += count
		if err != nil {
			return n, fmt.Errorf("verify %s: %w", kind.Name, err)
		}
		if q.Cursor = cursor; cursor == "" {
			return n, nil
		}
	}
}

func (s *Scope) verifyPage(ctx context.Context, c *codec, q Query, bad func(string, error)) (cursor string, n int, err error) {
	if err := s.enter(); err != nil {
		return "", 0, err
	}
	defer s.mu.RUnlock()
	page, err := s.store.driver.Scan(ctx, s.space(c.kind), q)
	if err != nil {
		return "", 0, err
	}
	errs := make([]error, len(page.Records))
	_ = parallel(len(page.Records), func(i int) error {
		_, errs[i] = s.openRecord(ctx, c, &page.Records[i], false)
		return nil
	})
	for i, err := range errs {
		if ctx.Err() != nil {
			return "", n, ctx.Err()
		}
		n++
		if err != nil {
			bad(c.keyText(page.Records[i].Key), err)
		}
	}
	return page.Cursor, n, nil
}

// keyText is a stored key for people.
func (c *codec) keyText(stored string) string {
	key, err := c.key.decode(stored)
	if err != nil {
		return fmt.Sprintf("%q", stored)
	}
	return fmt.Sprintf("%q", []string(key))
}
