//go:build bench

package bench

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro/sync/gittest"
)

// TestBesideImport: pushes to one repository while another is imported for the first time.
func TestBesideImport(t *testing.T) {
	const pushes = 20
	d := startSyncd(t, "")
	o := serve(t, longHistory(t, 1000))
	d.run("repos", "add", o.url, "--name", "live", "--project", "SHOP", "--wait")
	client := d.browser()
	d.run("repos", "add", gittest.Serve(t, history(t, 30_000, 10_000, 2_000), gittest.Partial), "--name", "large", "--project", "SHOP")
	imported := func() bool {
		out, _, _ := d.run("repos", "show", "large", "--json")
		return strings.Contains(out, `"phase": "done"`) || strings.Contains(out, `"phase":"done"`)
	}
	var times []time.Duration
	beside := 0
	for range pushes {
		word := o.push()
		start := time.Now()
		d.run("repos", "sync", "live") // what a webhook asks for
		for {
			resp, err := client.Get(d.url + "/issues/SHOP-8")
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), word) {
				break
			}
			if time.Since(start) > time.Minute {
				t.Fatalf("%q is not visible after a minute", word)
			}
			time.Sleep(10 * time.Millisecond)
		}
		times = append(times, time.Since(start))
		if !imported() {
			beside++
		}
	}
	tell(t, figure{
		part: "beside an import", name: fmt.Sprintf("git push → page, worst of %d", pushes), value: percentile(times, 1).Seconds(), unit: "s", atMost: 2,
		note: fmt.Sprintf("median %.2f s; the import still ran after %d of them", percentile(times, 0.5).Seconds(), beside),
	})
}
