package store

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls f for 0 to n-1, on all cores where there is enough to do, and returns the error of the lowest number
// that failed.
func parallel(n int, f func(i int) error) error {
	const chunk = 16
	workers := min(runtime.GOMAXPROCS(0), n/chunk)
	if workers < 2 {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		next   atomic.Int64
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed = n
		first  error
	)
	for range workers {
		wg.Go(func() {
			for {
				start := int(next.Add(chunk)) - chunk
				for i := start; i < min(start+chunk, n); i++ {
					if err := f(i); err != nil {
						mu.Lock()
						if i < failed {
							failed, first = i, err
						}
						mu.Unlock()
						return
					}
				}
				if start >= n {
					return
				}
			}
		})
	}
	wg.Wait()
	return first
}
