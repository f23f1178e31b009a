package store

import "context"

var bg = context.Background()

// MoveBody writes the stored body of one record under another key of the same kind, as somebody with access to the file
// could. It is for tests.
func MoveBody(s *Scope, kind *Kind, from, to Key) error {
	c := s.store.codecs[kind.Name]
	keys := s.keys.Load()
	a, err := c.key.encode(keys, from)
	if err != nil {
		return err
	}
	b, err := c.key.encode(keys, to)
	if err != nil {
		return err
	}
	ctx := bg
	raws, err := s.store.driver.Get(ctx, s.space(kind), []string{a})
	if err != nil {
		return err
	}
	op := Op{Action: PutNew, At: s.space(kind), Raw: Raw{Key: b, Body: raws[0].Body, Index: raws[0].Index}}
	_, err = s.store.driver.Write(ctx, []Op{op}, Relaxed)
	return err
}

// Forget makes a scope use the keys it had before a rotation that another process made.
func Forget(s *Scope) (restore func()) {
	old := s.keys.Load()
	return func() { s.keys.Store(old) }
}

// PartCount counts the stored parts of a scope.
func PartCount(s *Scope) (int, error) {
	stat, err := s.store.driver.Stat(bg, Space{Tenant: s.tenant, Kind: partKind.Name})
	return int(stat.Records), err
}

// FaultyDriver replaces the scope's driver until restore.
func FaultyDriver(s *Store, wrap func(Driver) Driver) (restore func()) {
	old := s.driver
	s.driver = wrap(old)
	return func() { s.driver = old }
}
