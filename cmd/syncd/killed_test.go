package main

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
	h := startHouse(t, nil)
	h.commit("shop", map[string]string{"features/cart.feature": cart})
	added := h.connect("shop", "shop", "SHOP")
	data := h.rooms.config
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := openRooms(t.Context(), options{config: data, log: h.rooms.log})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.service.Sync(t.Context(), behavepro.Local, added.Repository.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.queue.Take(t.Context(), time.Now(), "killed", []string{gitsync.JobSync}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := r.close(); err != nil { // and says nothing of the job
		t.Fatal(err)
	}
	again := startHouse(t, func(c *config) { c.data, c.localRoot = data.data, data.localRoot })
	again.waitFor("the sync that was broken off", func() bool {
		left, err := again.rooms.queue.List(t.Context(), func(j *jobs.Job) bool { return j.Kind == gitsync.JobSync })
		return err == nil && len(left) == 0
	})
}
