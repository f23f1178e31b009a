package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro/catalog"
)

// stabilityView is how the last runs of a scenario ended and how long they took.
type stabilityView struct {
	catalog.Stability
	Points string // of a line in a box Width × 20; "" where there are not two durations
	Width  int
	Label  string
}

func stabilityOf(runs []catalog.RunEntry) stabilityView {
	v := stabilityView{Stability: catalog.StabilityOf(runs)}
	if len(v.Durations) < 2 {
		return v
	}
	longest := time.Duration(1)
	for _, d := range v.Durations {
		longest = max(longest, d)
	}
	const step, height = 6, 18
	points := make([]string, len(v.Durations))
	for i, d := range v.Durations {
		points[i] = fmt.Sprintf("%d,%d", i*step+1, height+1-int(float64(d)/float64(longest)*height))
	}
	v.Points, v.Width = strings.Join(points, " "), (len(points)-1)*step+2
	v.Label = "took " + took(v.Durations[0])
	if last := v.Durations[len(v.Durations)-1]; took(last) != took(v.Durations[0]) {
		v.Label += ", then " + took(last)
	}
	return v
}
