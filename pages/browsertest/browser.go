package browsertest

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/behavepro/behavepro/internal/testenv"
)

// Browser is a Chromium of its own as far as its pages can tell: they share no cookies with another Browser.
type Browser struct {
	ctx context.Context

	mu   sync.Mutex
	idle []*Page // tabs of tests that ended: opening another takes a second of the processor
}

// running is the Chromium of all tests that run now, as starting one takes seconds of the processor.
var running struct {
	sync.Mutex
	users int
	ctx   context.Context
	stop  func()
}

// Start gives a browser until the test ends. Where there is no Chromium, scripts/ready brings it, or the test fails with the
// command to run.
func Start(t testing.TB) *Browser {
	t.Helper()
	running.Lock()
	defer running.Unlock()
	if running.users == 0 {
		running.ctx, running.stop = launch(t)
	}
	running.users++
	t.Cleanup(func() {
		running.Lock()
		defer running.Unlock()
		if running.users--; running.users == 0 {
			running.stop()
		}
	})
	ctx, cancel := chromedp.NewContext(running.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	return &Browser{ctx: ctx}
}

func launch(t testing.TB) (context.Context, func()) {
	t.Helper()
	flags := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.Flag(
			"disable-background-networking",
			true,
		),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("renderer-process-limit", "1"),
		chromedp.Flag("process-per-site", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx, func() {
		cancel()
		stop()
	}
}

func chromium(t testing.TB) string {
	t.Helper()
	if path := find(); path != "" {
		return path
	}
	if text, err := exec.CommandContext(t.Context(), filepath.Join(testenv.Root(t), "scripts/ready")).CombinedOutput(); err != nil {
		t.Fatalf("bring Chromium: %v\n%s", err, text)
	}
	return find()
}

func find() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// View is how a page is looked at.
type View struct {
	Width, Height int64 // CSS pixels; 0 is 1280 × 800
	Dark          bool  // the reader's system is dark
	Contrast      bool  // the reader's system asks for more contrast
	NoScript      bool
	Cookies       map[string]string // for the page's origin
}

// Page is an open page.
type Page struct {
	Ctx context.Context // for chromedp.Do and chromedp.Run

	tab  context.Context               // without a bound in time
	axe  cdpruntime.ExecutionContextID // where axe-core was loaded last
	mu   sync.Mutex
	said []string
}

// Open opens an address and waits until it is loaded. The page is the test's until it ends.
func (b *Browser) Open(t testing.TB, address string, view View) *Page {
	t.Helper()
	p := b.tab(t)
	t.Cleanup(func() {
		b.mu.Lock()
		b.idle = append(b.idle, p)
		b.mu.Unlock()
	})
	if err := chromedp.Do(p.tab, view.apply(address)); err != nil {
		t.Fatalf("open a page: %v", err)
	}
	ctx, stop := context.WithTimeout(p.tab, 2*time.Minute)
	t.Cleanup(stop)
	p.Ctx, p.axe = ctx, 0
	p.mu.Lock()
	p.said = nil
	p.mu.Unlock()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	return p
}

func (b *Browser) tab(t testing.TB) *Page {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := len(b.idle) - 1; last >= 0 {
		p := b.idle[last]
		b.idle = b.idle[:last]
		return p
	}
	ctx, _ := chromedp.NewContext(b.ctx) // ends with the browser
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p := &Page{tab: ctx}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatalf("listen to the page: %v", err)
	}
	return p
}

// apply makes a page look at itself as the view says.
func (v View) apply(address string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		scheme := "light"
		if v.Dark {
			scheme = "dark"
		}
		contrast := "no-preference"
		if v.Contrast {
			contrast = "more"
		}
		features := []*emulation.MediaFeature{
			{
				Name:  "prefers-color-scheme",
				Value: scheme,
			}, {Name: "prefers-contrast", Value: contrast}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}
		if _, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			return err
		}
		disabled := emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}
		if _, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, disabled); err != nil {
			return err
		}
		for name, value := range v.Cookies {
			if _, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address}); err != nil {
				return err
			}
		}
		size := emulation.SetDeviceMetricsOverrideParams{Width: cmp.Or(v.Width, 1280), Height: cmp.Or(v.Height, 800), DeviceScaleFactor: 1}
		_, err := cdp.Call(ctx, target, emulation.SetDeviceMetricsOverride, size)
		return err
	})
}

// Look looks at the open page in another way. Cookies and scripts stay as they are.
func (p *Page) Look(t testing.TB, view View) {
	t.Helper()
	view.Cookies = nil
	p.Do(t, view.apply(""))
}

// hear keeps the errors of the page's scripts, and what its policy blocked.
func (p *Page) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		said = thrown(e.ExceptionDetails)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			said = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if said != "" {
		p.mu.Lock()
		p.said = append(p.said, said)
		p.mu.Unlock()
	}
}

func thrown(e *cdpruntime.ExceptionDetails) string {
	if e.Exception != nil && e.Exception.Description != "" {
		return e.Exception.Description
	}
	return e.Text
}

// Errors lists the errors of the page's scripts so far.
func (p *Page) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// Do does what a person does with the page.
func (p *Page) Do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.Ctx, steps...); err != nil {
		t.Fatalf("in the browser: %v", err)
	}
}

// Text runs a script's expression in the page, waits for it and returns what it gives as text.
func (p *Page) Text(t testing.TB, expression string) string {
	t.Helper()
	text, err := chromedp.Run(p.Ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %s: %v", expression, err)
	}
	return text
}

// Until waits until a script's expression is true, however often the page is loaded anew meanwhile.
func (p *Page) Until(t testing.TB, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, 20*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if is {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("wait until %s: %v", expression, err)
		}
	}
}

// Screenshot keeps an image of the whole page as artifacts/screenshots/NAME.png.
func (p *Page) Screenshot(t testing.TB, name string) {
	t.Helper()
	image, err := chromedp.Run(p.Ctx, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		yes := true // a larger file, written in a fraction of the time
		shot, err := cdp.Call(
			ctx,
			target,
			page.CaptureScreenshot,
			page.CaptureScreenshotParams{CaptureBeyondViewport: &yes, OptimizeForSpeed: &yes},
		)
		if err != nil {
			return nil, err
		}
		return shot.Data, nil
	})
	if err != nil {
		t.Fatalf("take a screenshot: %v", err)
	}
	path := filepath.Join(testenv.Root(t), "artifacts", "screenshots", filepath.FromSlash(name)+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, image, 0o644); err != nil {
		t.Fatal(err)
	}
}
