package sqlite

import (
	"context"
	"slices"
	"sync"
)

// turns is a lock that is handed on in the order of asking, urgent askers first. After inARow urgent ones in a row an
// ordinary one that waits gets its turn, so that neither starves.
type turns struct {
	mu       sync.Mutex
	taken    bool
	urgent   []chan struct{}
	ordinary []chan struct{}
	row      int
}

const inARow = 16

func newTurns() *turns { return &turns{} }

// take waits for the lock, or for the end of ctx.
func (t *turns) take(ctx context.Context, urgent bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	line := &t.ordinary
	if urgent {
		line = &t.urgent
	}
	*line = append(*line, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	i := slices.Index(*line, mine)
	if i >= 0 {
		*line = slices.Delete(*line, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 { // it became ours while we gave up
		t.pass()
	}
	return ctx.Err()
}

// pass hands the lock to who is next.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := &t.urgent
	if len(t.urgent) == 0 || (len(t.ordinary) > 0 && t.row >= inARow) {
		line = &t.ordinary
	}
	if len(*line) == 0 {
		t.taken, t.row = false, 0
		return
	}
	if line == &t.urgent {
		t.row++
	} else {
		t.row = 0
	}
	next := (*line)[0]
	*line = (*line)[1:]
	close(next)
}
