package lineage

import (
	"cmp"
	"slices"

	"github.com/behavepro/behavepro"
)

const (
	// similar is how alike the steps of two scenarios must be, in Dice's coefficient, to be the same scenario edited.
	similar = 0.6
	// MaxPairs bounds the pairs compared per commit.
	MaxPairs = 1000 * 1000
)

// pairScenarios finds for each new scenario the old one that it continues, as an index, or -1: same rule and name (among
// equal names: equal body, then order), else equal body, else the most similar steps. used marks old scenarios that are
// taken, and new ones that are paired are left alone; both are updated. budget is what remains of MaxPairs; it reports
// whether it was too small.
func pairScenarios(old, new Sketch, used []bool, paired []int, budget *int) (exhausted bool) {
	// What did not move or change at the front needs no search.
	for i := 0; i < len(old) && i < len(new) && old[i] == new[i]; i++ {
		if !used[i] && paired[i] < 0 {
			used[i], paired[i] = true, i
		}
	}
	pairBy(old, new, used, paired, func(s *Shape) (behavepro.Hash, bool) {
		return behavepro.Sum(s.Name.rule, s.Name.name, string(s.body[:])), true
	})
	pairBy(old, new, used, paired, func(s *Shape) (ScenarioName, bool) { return s.Name, true })
	pairBy(old, new, used, paired, func(s *Shape) (behavepro.Hash, bool) { return s.body, len(s.steps) > 0 })
	return pairSimilar(old, new, used, paired, budget)
}

// pairBy pairs leftovers with equal keys, in order.
func pairBy[K comparable](old, new Sketch, used []bool, paired []int, key func(*Shape) (K, bool)) {
	var open map[K][]int
	for j, s := range old {
		if used[j] {
			continue
		}
		if k, ok := key(s); ok {
			if open == nil {
				open = map[K][]int{}
			}
			open[k] = append(open[k], j)
		}
	}
	if open == nil {
		return
	}
	for i, s := range new {
		if paired[i] >= 0 {
			continue
		}
		k, ok := key(s)
		if js := open[k]; ok && len(js) > 0 {
			paired[i], used[js[0]], open[k] = js[0], true, js[1:]
		}
	}
}

func pairSimilar(old, new Sketch, used []bool, paired []int, budget *int) (exhausted bool) {
	type candidate struct {
		score    float64
		old, new int
	}
	var found []candidate
	for i, s := range new {
		if paired[i] >= 0 || len(s.steps) == 0 {
			continue
		}
		for j, o := range old {
			if used[j] || len(o.steps) == 0 {
				continue
			}
			if *budget == 0 {
				return true
			}
			*budget--
			if score := dice(o.steps, s.steps); score >= similar {
				found = append(found, candidate{score, j, i})
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.new, b.new), cmp.Compare(a.old, b.old))
	})
	for _, c := range found {
		if paired[c.new] < 0 && !used[c.old] {
			paired[c.new], used[c.old] = c.old, true
		}
	}
	return false
}

// dice is twice the common lines over all lines, as multisets.
func dice(a, b []uint64) float64 {
	// The coefficient cannot reach the bound where the lengths differ too much.
	if short, all := min(len(a), len(b)), len(a)+len(b); float64(2*short) < similar*float64(all) {
		return 0
	}
	common := 0
	if len(a)*len(b) <= 400 {
		var taken [400]bool
		for _, x := range a {
			for j, y := range b {
				if x == y && !taken[j] {
					taken[j] = true
					common++
					break
				}
			}
		}
	} else {
		counts := make(map[uint64]int, len(a))
		for _, x := range a {
			counts[x]++
		}
		for _, y := range b {
			if counts[y] > 0 {
				counts[y]--
				common++
			}
		}
	}
	return float64(2*common) / float64(len(a)+len(b))
}
