package main

import (
	"fmt"
	"html"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/pages/browsertest"
)

// TestDemoInABrowser uses the pretended Jira of the demo as a person does: the panel stands in a frame of another origin.
func TestDemoInABrowser(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--listen", "127.0.0.1:0")
	b := browsertest.Start(t)
	const frame = `document.querySelector("iframe[data-module=scenarios]")`
	view := b.Open(t, d.JiraURL, browsertest.View{})
	widths := map[string][]int64{"dark": {360}}
	if testenv.Slow() {
		widths = map[string][]int64{"light": {360, 700, 1200}, "dark": {360, 700, 1200}}
	}
	for theme := range widths {
		for _, width := range widths[theme] {
			view.Look(t, browsertest.View{Width: width, Dark: theme == "dark"})
			view.Do(t, chromedp.Navigate(d.JiraURL+"?theme="+theme))
			view.Until(t, frame+`?.getBoundingClientRect().height > 400`) // what stands in it said how tall it is
			view.Screenshot(t, fmt.Sprintf("jira/panel-%s-%d", theme, width))
			if wide := view.Text(t, "document.documentElement.scrollWidth - innerWidth"); wide != "0" {
				t.Errorf("%s, %d px: the page is %s px wider than its window", theme, width, wide)
			}
		}
	}
	if said := view.Errors(); len(said) > 0 {
		t.Errorf("the issue in Jira says %q", said)
	}

	// What stands in the frame is another page to the browser: it is looked at by itself.
	panel := b.Open(t, html.UnescapeString(view.Text(t, frame+`.src`)), browsertest.View{Width: 700})
	panel.Accessible(t)
	panel.Text(t, `document.querySelectorAll("details.sc > summary")[1].focus()`)
	panel.Do(t, chromedp.KeyEvent(kb.Enter))
	panel.Until(t, `document.querySelectorAll("details.sc")[1].open`)
	panel.Text(t, `[...document.querySelectorAll(".note a")].find((a) => a.innerText === "Compare").click()`)
	panel.Until(t, `document.body.innerText.includes("reworded on branch") && document.querySelector(".s.added")`)
	for _, look := range []browsertest.View{{Width: 1200, Dark: true}, {Width: 360}, {Width: 700, Contrast: true}}[:testenv.Rounds(1, 3)] {
		panel.Look(t, look)
		panel.Accessible(t)
		panel.Screenshot(t, fmt.Sprintf("jira/branch-%d", look.Width))
	}
	d.end(os.Interrupt)
}
