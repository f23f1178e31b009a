package server

import (
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jobs"
	gitsync "github.com/behavepro/behavepro/sync"
)

// TestJobsOfAKilledServerGoOn: a job that a server held when it was killed does not wait for the end of its lease.
func TestJobsOfAKilledServerGoOn(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	added := h.connect("shop", "shop", "SHOP")
	data := h.app.conf
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.service.Sync(t.Context(), behavepro.Local, added.Repository.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.queue.Take(t.Context(), time.Now(), "killed", []string{gitsync.JobSync}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil { // and says nothing of the job
		t.Fatal(err)
	}
	again := startTestServer(t, func(c *Config) { c.Data, c.LocalRoot = data.Data, data.LocalRoot })
	again.waitFor("the sync that was broken off", func() bool {
		left, err := again.app.queue.List(t.Context(), func(j *jobs.Job) bool { return j.Kind == gitsync.JobSync })
		return err == nil && len(left) == 0
	})
}
