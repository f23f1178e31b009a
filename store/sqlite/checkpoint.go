package sqlite

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

const (
	// checkpointAfter is how many bytes are written to the log before they are moved into the file.
	checkpointAfter = 16 << 20
	// logPages is how long the log may grow while writers keep it busy; then they wait for one checkpoint.
	logPages = 32 << 10
)

// checkpointer moves what is in the log into the file, on a connection of its own, so that writers do not wait for the
// disk: with SQLite's own automatic checkpoints, the write that fills the log pays for all before it.
type checkpointer struct {
	db      *sql.DB
	turns   *turns
	written atomic.Int64
	due     chan struct{}
	stop    chan struct{}
	ended   sync.WaitGroup
}

func startCheckpointer(db *sql.DB, t *turns) *checkpointer {
	c := &checkpointer{db: db, turns: t, due: make(chan struct{}, 1), stop: make(chan struct{})}
	c.ended.Go(c.run)
	return c
}

// note counts bytes that were written.
func (c *checkpointer) note(bytes int) {
	if c.written.Add(int64(bytes)) < checkpointAfter {
		return
	}
	c.written.Store(0)
	select {
	case c.due <- struct{}{}:
	default:
	}
}

func (c *checkpointer) run() {
	for {
		select {
		case <-c.stop:
			return
		case <-c.due:
		}
		if left, err := c.checkpoint(); err != nil || left < logPages {
			continue // an error comes up again at the next write
		}
		if err := c.turns.take(context.Background(), false); err != nil {
			continue
		}
		_, _ = c.checkpoint() // alone, so that the next write begins the log anew
		c.turns.pass()
	}
}

// checkpoint moves what it can without waiting for anybody, and returns the length of the log in pages.
func (c *checkpointer) checkpoint() (pages int, err error) {
	var busy, moved int
	err = c.db.QueryRowContext(background, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved)
	return pages, err
}

// close waits for a running checkpoint. Nobody may write any more.
func (c *checkpointer) close() error {
	close(c.stop)
	c.ended.Wait()
	return c.db.Close()
}
