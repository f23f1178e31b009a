package features

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro/api/client"
)

func (w *scenario) gateSteps(ctx *godog.ScenarioContext) {
	ctx.Step(`^the gate of (SHOP-\d+) is open$`, func(ctx context.Context, key string) error { return w.gate(ctx, key, 0, "open", "") })
	ctx.Step(`^the gate of (SHOP-\d+) is closed because of "([^"]*)"$`, func(ctx context.Context, key, rule string) error {
		return w.gate(ctx, key, 5, "closed", rule)
	})
	ctx.Step(`^the gate of (SHOP-\d+) cannot decide because of "([^"]*)"$`, func(ctx context.Context, key, rule string) error {
		return w.gate(ctx, key, 1, "undecided", rule)
	})
}

func (w *scenario) gate(ctx context.Context, key string, code int, verdict, rule string) error {
	out, got, err := w.behavepro(ctx, w.repo.dir, "gate", "--issue", w.own(key), "--repo", w.repo.name, "--json", "--data", w.data)
	if err != nil {
		return err
	}
	var doc client.Gate
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&doc); err != nil {
		return fmt.Errorf("exit code %d: %w\n%s", got, err, out)
	}
	because := rule == "" && len(doc.Reasons) == 0 || slices.ContainsFunc(doc.Reasons, func(r client.GateReason) bool { return r.Rule == rule })
	if got != code || doc.Verdict != verdict || !because {
		return fmt.Errorf("exit code %d: %+v", got, doc)
	}
	return nil
}
