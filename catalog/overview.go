package catalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// overview is what is told of a whole ref. It is made when somebody asks for it first.
type overview struct {
	once   sync.Once
	issues []IssueTally
	tags   []TagCount
}

// IssueTally counts the scenarios of a ref that link to an issue, by themselves or by a row.
type IssueTally struct {
	Key   behavepro.IssueKey
	Tally Tally
	Last  time.Time // start of the newest run that told of one of them; zero where none did
}

// TagCount is how many scenarios of a ref have a tag, inherited ones included.
type TagCount struct {
	Name      string
	Scenarios int
}

// Issues lists the issues that the scenarios of a ref link to, those with the newest runs first.
func (s *Standing) Issues() []IssueTally { return s.overview().issues }

// Tags lists the tags that link to no issue, those that most scenarios have first.
func (s *Standing) Tags() []TagCount { return s.overview().tags }

func (s *Standing) overview() *overview {
	s.whole.once.Do(func() {
		s.whole.issues = s.issueTallies()
		s.whole.tags = s.tagCounts()
	})
	return s.whole
}

func (s *Standing) issueTallies() []IssueTally {
	index := map[behavepro.IssueKey]int{}
	var all []IssueTally
	for _, f := range s.Features {
		for i := range f.Scenarios {
			v := &f.Scenarios[i]
			for _, key := range v.Keys() {
				n, ok := index[key]
				if !ok {
					n = len(all)
					index[key] = n
					all = append(all, IssueTally{Key: key})
				}
				all[n].Tally.count(v)
				if v.Last != nil && v.Last.Started.After(all[n].Last) {
					all[n].Last = v.Last.Started
				}
			}
		}
	}
	slices.SortFunc(all, RecentFirst)
	return all
}

// RecentFirst orders issues by their newest run, then by how many scenarios fail, then by key.
func RecentFirst(a, b IssueTally) int {
	return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(b.Tally.Failed, a.Tally.Failed), CompareKeys(a.Key, b.Key))
}

// CompareKeys orders SHOP-2 before SHOP-10.
func CompareKeys(a, b behavepro.IssueKey) int {
	i, j := strings.LastIndexByte(string(a), '-'), strings.LastIndexByte(string(b), '-')
	return cmp.Or(cmp.Compare(a[:i+1], b[:j+1]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func (s *Standing) tagCounts() []TagCount {
	rules, err := gherkin.CompileLinkRules(s.At.Repository.Links)
	if err != nil {
		return nil // a standing is not made with a wrong pattern
	}
	counts := map[string]int{}
	for _, f := range s.Features {
		for i := range f.Scenarios {
			for _, tag := range f.Scenarios[i].Tags {
				counts[tag]++
			}
		}
	}
	var all []TagCount
	for tag, n := range counts {
		if len(rules.Keys(tag)) == 0 {
			all = append(all, TagCount{tag, n})
		}
	}
	slices.SortFunc(all, func(a, b TagCount) int {
		return cmp.Or(cmp.Compare(b.Scenarios, a.Scenarios), cmp.Compare(a.Name, b.Name))
	})
	return all
}
