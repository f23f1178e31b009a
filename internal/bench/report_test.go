//go:build bench

package bench

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// measured collects the figures of a run.
var measured struct {
	mu      sync.Mutex
	figures []figure
}

// figure is one line of the report.
type figure struct {
	part, name string
	value      float64
	unit       string
	atMost     float64 // 0: no bound
	atLeast    float64
	note       string
}

func (f figure) verdict() string {
	switch {
	case f.atMost == 0 && f.atLeast == 0:
		return ""
	case f.atMost != 0 && f.value > f.atMost, f.value < f.atLeast:
		return "FALLS SHORT"
	}
	return "met"
}

func (f figure) bound() string {
	switch {
	case f.atMost != 0:
		return "≤ " + number(f.atMost)
	case f.atLeast != 0:
		return "≥ " + number(f.atLeast)
	}
	return ""
}

func number(v float64) string {
	switch {
	case math.Abs(v) >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// tell adds a figure.
func tell(t *testing.T, f figure) {
	t.Helper()
	t.Logf("%s: %s %s %s %s %s %s", f.part, f.name, number(f.value), f.unit, f.bound(), f.verdict(), f.note)
	measured.mu.Lock()
	defer measured.mu.Unlock()
	measured.figures = append(measured.figures, f)
}

func TestMain(m *testing.M) {
	if file := os.Getenv(peakTo); file != "" {
		os.Exit(runMeasured(file))
	}
	code := m.Run()
	if len(measured.figures) > 0 {
		fmt.Println()
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "part\tfigure\tmeasured\tbound\t\tremarks")
		for _, f := range measured.figures {
			fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\n", f.part, f.name, number(f.value), f.unit, f.bound(), f.verdict(), f.note)
		}
		_ = w.Flush()
		fmt.Println()
	}
	os.Exit(code)
}

// percentile of unsorted values, p from 0 to 1.
func percentile[T cmp.Ordered](values []T, p float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(math.Ceil(p*float64(len(sorted))))-1)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
