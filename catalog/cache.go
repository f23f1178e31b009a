package catalog

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache keeps what was used last, up to a weight in bytes. What weighs more than largest is not kept at all.
type cache[K comparable, V any] struct {
	mu     sync.Mutex
	used   *simplelru.LRU[K, weighed[V]]
	weight int
	most   int
	// largest is the heaviest value that is kept: a quarter of most, so that one value does not push all others out.
	largest int
}

type weighed[V any] struct {
	value  V
	weight int
}

// entryWeight stands for what a cached entry takes besides its content.
const entryWeight = 100

func newCache[K comparable, V any](most int) *cache[K, V] {
	c := &cache[K, V]{most: most, largest: most / 4}
	c.used, _ = simplelru.NewLRU[K, weighed[V]](1<<31-1, func(_ K, w weighed[V]) { c.weight -= w.weight })
	return c
}

// Get returns what is kept under a name.
func (c *cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.used.Get(key)
	return w.value, ok
}

// Add keeps a value of a weight in bytes; what was used longest ago goes.
func (c *cache[K, V]) Add(key K, value V, weight int) {
	weight += entryWeight
	if weight > c.largest {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.Remove(key)
	c.weight += weight
	c.used.Add(key, weighed[V]{value, weight})
	for c.weight > c.most {
		c.used.RemoveOldest()
	}
}

// Remove forgets what is kept under a name.
func (c *cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.Remove(key)
}
