// Package text words what several commands show of scenarios and results.
package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/internal/cli"
)

// Status words a status with what is to be known of it.
func Status(status behavepro.Status, stale, flaky bool) string {
	text := status.Text()
	if stale {
		text += " (stale)"
	}
	if flaky {
		text += " (flaky)"
	}
	return text
}

// Run says where a result comes from.
func Run(r *client.LastRun) string {
	if r == nil {
		return ""
	}
	text := "at " + r.Commit.Short()
	if r.Build != "" {
		text += ", build " + r.Build
	}
	if len(r.Params) > 0 {
		text += ", " + Params(r.Params)
	}
	return text
}

// Params words the params of a run.
func Params(params []behavepro.Param) string {
	words := make([]string, len(params))
	for i, p := range params {
		words[i] = p.Name + "=" + p.Value
	}
	return strings.Join(words, " ")
}

// Cells shows the cells of a row by column.
func Cells(cells map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		words = append(words, cli.OneLine(name+"="+cells[name]))
	}
	return strings.Join(words, ", ")
}

// SearchedIn says where feature files were looked for.
func SearchedIn(path string) string {
	if path == "" {
		return " (do the features lie on another branch? name it with --commit)"
	}
	return fmt.Sprintf(" below %s (`behavepro repos set --path` looks elsewhere)", cli.OneLine(path))
}
