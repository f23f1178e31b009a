package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// imported waits for the first import and tells how it is doing.
func (d *Demo) imported(ctx context.Context, repo client.Repository) (client.Repository, error) {
	line := &progressLine{Demo: d, terminal: cli.IsTerminal(d.Err)}
	defer line.end()
	for {
		now, err := d.client.Repository(ctx, string(repo.ID), time.Second)
		if err != nil {
			return repo, err
		}
		if !now.Sync.Busy {
			if now.Sync.Error != "" {
				return now, behavepro.Explain(behavepro.ErrUnavailable, fmt.Sprintf("import of %s: %s", now.Name, now.Sync.Error), now.Sync.Hint)
			}
			line.end()
			d.Note("import of %s: done, %s and %s on %s", now.Name,
				cli.Plural(now.Sync.Commits, "commit", "commits"), cli.Plural(now.Sync.Files, "feature file", "feature files"),
				now.DefaultBranch)
			return now, nil
		}
		line.show(now.Name, &now.Sync)
	}
}

// progressLine is one line that changes on a terminal; elsewhere it is told once per phase.
type progressLine struct {
	*Demo
	terminal bool
	shown    string
}

func (p *progressLine) show(name string, s *client.Sync) {
	if !p.terminal {
		if s.Phase != "" && s.Phase != p.shown {
			p.Note("import of %s: %s", name, s.Phase)
			p.shown = s.Phase
		}
		return
	}
	text := fmt.Sprintf("syncd: import of %s: %s", name, s.Phase)
	if s.Total > 0 {
		text += fmt.Sprintf(" %d of %d", s.Done, s.Total)
	}
	if s.ETASeconds > 0 {
		text += fmt.Sprintf(", about %s left", time.Duration(s.ETASeconds)*time.Second)
	}
	fmt.Fprintf(p.Err, "\r%s%s", text, strings.Repeat(" ", max(0, len(p.shown)-len(text))))
	p.shown = text
}

func (p *progressLine) end() {
	if p.terminal && p.shown != "" {
		fmt.Fprintln(p.Err)
		p.shown = ""
	}
}
