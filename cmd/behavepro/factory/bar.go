package factory

import (
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Bar is a progress bar on a terminal, and nothing elsewhere.
type Bar struct {
	all  *mpb.Progress
	one  *mpb.Bar
	text atomic.Pointer[string] // the bar is drawn elsewhere
}

// NewBar begins a bar; total 0 is unknown.
func (f *Factory) NewBar(total int64) *Bar {
	if !f.Bars {
		return &Bar{}
	}
	b := &Bar{all: mpb.New(mpb.WithOutput(f.raw), mpb.WithWidth(30), mpb.WithAutoRefresh())}
	b.text.Store(new(string))
	b.one = b.all.AddBar(total, mpb.BarRemoveOnComplete(),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.Any(func(decor.Statistics) string { return " " + *b.text.Load() })))
	return b
}

// Show moves the bar.
func (b *Bar) Show(text string, done, total int64) {
	if b.one == nil {
		return
	}
	b.text.Store(&text)
	b.one.SetTotal(total, false)
	b.one.SetCurrent(min(done, total))
}

// Add moves the bar on.
func (b *Bar) Add(n int) {
	if b.one != nil {
		b.one.IncrBy(n)
	}
}

// End takes the bar away.
func (b *Bar) End() {
	if b.one == nil {
		return
	}
	b.one.Abort(true)
	b.all.Wait()
}
