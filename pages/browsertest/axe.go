package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/behavepro/behavepro/internal/testenv"
)

// Violation is a rule of axe-core that a page breaks.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"` // minor, moderate, serious, critical
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&b, "\n  … and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
	}
	return b.String()
}

// Axe returns what axe-core finds wrong with a page. It runs beside the page's own scripts, whatever the page's policy
// says.
func (p *Page) Axe(t testing.TB) []Violation {
	t.Helper()
	source := axeSource(t)
	report, err := chromedp.Run(p.Ctx, func(ctx context.Context, target *chromedp.Target) (string, error) {
		const ask = "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))"
		if p.axe != 0 {
			if report, err := evaluate(ctx, target, p.axe, ask); err == nil {
				return report, nil
			} // else the page is another one by now
		}
		tree, err := cdp.Call(ctx, target, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return "", err
		}
		world, err := cdp.Call(
			ctx,
			target,
			page.CreateIsolatedWorld,
			page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "axe"},
		)
		if err != nil {
			return "", err
		}
		p.axe = world.ExecutionContextID
		return evaluate(ctx, target, p.axe, source+"\n;"+ask)
	})
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	var found []Violation
	if err := json.Unmarshal([]byte(report), &found); err != nil {
		t.Fatalf("read what axe-core found: %v", err)
	}
	return found
}

// evaluate waits for the text that a script promises.
func evaluate(ctx context.Context, target *chromedp.Target, world cdpruntime.ExecutionContextID, script string) (text string, err error) {
	yes := true
	result, err := cdp.Call(ctx, target, cdpruntime.Evaluate, cdpruntime.EvaluateParams{
		Expression: script, ContextID: world, AwaitPromise: &yes, ReturnByValue: &yes,
	})
	if err != nil {
		return "", err
	}
	if result.ExceptionDetails != nil {
		return "", errors.New(thrown(result.ExceptionDetails))
	}
	return text, json.Unmarshal(result.Result.Value, &text)
}

// Accessible fails the test for every serious or critical violation.
func (p *Page) Accessible(t testing.TB) {
	t.Helper()
	for _, v := range p.Axe(t) {
		if v.Impact == "serious" || v.Impact == "critical" {
			t.Errorf("axe-core: %s", v)
		} else {
			t.Logf("axe-core: %s", v)
		}
	}
}

var installed struct {
	sync.Mutex
	source string
}

// axeSource reads axe-core, which npm installs once.
func axeSource(t testing.TB) string {
	t.Helper()
	installed.Lock()
	defer installed.Unlock()
	if installed.source == "" {
		source, err := os.ReadFile(filepath.Join(testenv.NPM(t, "pages/browsertest"), "node_modules/axe-core/axe.min.js"))
		if err != nil {
			t.Fatalf("read axe-core: %v: remove .cache/npm and run the test again", err)
		}
		installed.source = string(source)
	}
	return installed.source
}
