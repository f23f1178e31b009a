//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/pages"
	"github.com/behavepro/behavepro/sync/gittest"
)

// origin is a served repository with a work stream of its own, and knows when its server sent the last pack of commits.
type origin struct {
	t    testing.TB
	dir  string
	url  string
	sent atomic.Int64 // when the first pack after reset ended, in nanoseconds
	next int
}

func serve(t testing.TB, dir string) *origin {
	t.Helper()
	o := &origin{t: t, dir: dir}
	o.url = gittest.ServeWith(t, dir, gittest.Partial, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			next.ServeHTTP(w, r)
			if r.Method == http.MethodPost && bytes.Contains(body, []byte("want ")) {
				o.sent.CompareAndSwap(0, time.Now().UnixNano())
			}
		})
	})
	return o
}

// push changes one feature on main, as a git push would, and returns the word that pages show from then on.
func (o *origin) push() string {
	o.t.Helper()
	o.next++
	word := fmt.Sprintf("Novelty %d", o.next)
	text := featureText("Area 7", 5, o.next, one(8)) + "\n  @SHOP-8\n  Scenario: " + word + "\n    Given a step\n"
	s := &stream{t: o.t, dir: o.dir, commits: 1_000_000 + o.next}
	s.open()
	s.commit("main", "refs/heads/main^0", "features/a7/f7.feature", text)
	s.close()
	return word
}

// changed is how long one changed feature takes until its page shows it, from the end of the fetch and from the sync's start.
func (r *instance) changed(p *pages.Pages, repo *catalog.Repository, o *origin) (afterFetch, whole time.Duration) {
	word := o.push()
	o.sent.Store(0)
	start := time.Now()
	r.sync(repo)
	if body := r.page(p, "/issues/SHOP-8"); !strings.Contains(body, word) {
		r.t.Fatalf("the page does not show %q", word)
	}
	end := time.Now()
	return end.Sub(time.Unix(0, o.sent.Load())), end.Sub(start)
}

// TestLiveChange: one changed feature, for a short and a long history, in turns.
func TestLiveChange(t *testing.T) {
	const rounds = 25
	type side struct {
		*instance
		repo  *catalog.Repository
		o     *origin
		pages *pages.Pages
		after []time.Duration
		whole []time.Duration
	}
	sides := map[int]*side{}
	for _, n := range []int{1000, 17_000} {
		s := &side{instance: newInstance(t), o: serve(t, longHistory(t, n))}
		s.repo = s.add("shop", s.o.url)
		s.sync(s.repo)
		s.pages = pages.New(pages.Options{Describer: s.engine})
		s.page(s.pages, "/issues/SHOP-8")
		sides[n] = s
	}
	for range rounds {
		for _, s := range sides {
			after, whole := s.changed(s.pages, s.repo, s.o)
			s.after, s.whole = append(s.after, after), append(s.whole, whole)
		}
	}
	short, long := sides[1000], sides[17_000]
	for n, s := range sides {
		tell(t, figure{
			part: "live change", name: fmt.Sprintf("fetch's end → page, %d commits, median", n), value: millis(percentile(s.after, 0.5)), unit: "ms", atMost: 150,
			note: fmt.Sprintf("worst of %d: %.0f ms; from the sync's start: %.0f ms", rounds, millis(percentile(s.after, 1)), millis(percentile(s.whole, 0.5))),
		})
	}
	tell(t, figure{
		part: "live change", name: "17,000 / 1,000 commits", value: float64(percentile(long.after, 0.5)) / float64(percentile(short.after, 0.5)), atMost: 1.3,
		note: "medians",
	})
}

// TestManyPushes: 1,000 pushes in a row.
func TestManyPushes(t *testing.T) {
	const pushes, part = 1000, 100
	r, o := newInstance(t), serve(t, longHistory(t, 1000))
	repo, p := r.add("shop", o.url), pages.New(pages.Options{})
	r.sync(repo)
	r.page(p, "/issues/SHOP-8")
	var times []time.Duration
	var files, packs []int
	for i := range pushes {
		after, _ := r.changed(p, repo, o)
		times, files, packs = append(times, after), append(files, openFiles(t)), append(packs, r.packs())
		if i%part == part-1 {
			t.Logf("pushes %d–%d: median %.0f ms, %d open files, %d packs", i+1-part, i+1, millis(percentile(times[i+1-part:], 0.5)), files[i], packs[i])
		}
	}
	first, last := percentile(times[:part], 0.5), percentile(times[pushes-part:], 0.5)
	tell(t, figure{
		part: "1,000 pushes", name: "time per sync, last 100 / first 100", value: float64(last) / float64(first), atMost: 1.3,
		note: fmt.Sprintf("medians %.0f and %.0f ms, worst %.0f ms", millis(last), millis(first), millis(percentile(times, 1))),
	})
	tell(t, figure{
		part: "1,000 pushes", name: "open files, at the end − after the first 100", value: float64(files[pushes-1] - percentile(files[:part], 1)), atMost: 5,
		note: fmt.Sprintf("most: %d", percentile(files, 1)),
	})
	tell(t, figure{part: "1,000 pushes", name: "packs, most", value: float64(percentile(packs, 1)), atMost: 60})
}

func (r *instance) packs() int {
	found, _ := filepath.Glob(filepath.Join(r.data, "mirrors", "*", "objects", "pack", "*.pack"))
	return len(found)
}

func openFiles(t testing.TB) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("open files are counted in /proc")
	}
	return len(all)
}
