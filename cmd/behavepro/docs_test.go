package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/cli/clitest"
)

// documents are what the commands print with --json.
var documents = map[string]func() any{
	"repos add":            func() any { return new(client.AddedRepository) },
	"repos list":           func() any { return new(client.RepositoryList) },
	"repos show":           func() any { return new(client.Repository) },
	"repos set":            func() any { return new(client.Repository) },
	"repos sync":           func() any { return new(client.Repository) },
	"repos remove":         func() any { return new(client.RemovedRepository) },
	"repos credential set": func() any { return new(client.Done) },
	"repos hook rotate":    func() any { return new(client.Hook) },
	"features list":        func() any { return new(client.FeatureList) },
	"features show":        func() any { return new(client.FeatureText) },
	"issues show":          func() any { return new(client.Issue) },
	"results push":         func() any { return new(client.Accounting) },
	"results list":         func() any { return new(client.RunList) },
	"results show":         func() any { return new(client.ShownRun) },
	"results complete":     func() any { return new(client.ShownRun) },
	"history":              func() any { return new(client.History) },
	"steps":                func() any { return new(client.Steps) },
	"gate":                 func() any { return new(client.Gate) },
	"lint":                 func() any { return new(client.Lint) },
	"evidence":             func() any { return new(client.EvidenceRule) },
	"version":              func() any { return new(client.Version) },
}

// TestJSONDocuments: docs/cli-json.md shows exactly what is printed. A field that is renamed, removed or not documented
// fails here.
func TestJSONDocuments(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/cli-json.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for section := range strings.SplitSeq(string(text), "\n## ") {
		title, rest, _ := strings.Cut(section, "\n")
		_, block, ok := strings.Cut(rest, "```json\n")
		if !ok {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		for name := range strings.SplitSeq(title, ", ") {
			name = strings.Trim(name, "`")
			make, ok := documents[name]
			if !ok {
				t.Errorf("%s is no command with a document", name)
				continue
			}
			shown[name] = true
			doc := make()
			d := json.NewDecoder(strings.NewReader(block))
			d.DisallowUnknownFields()
			if err := d.Decode(doc); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var out bytes.Buffer
			if err := cli.WriteJSON(&out, doc); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(block, out.String()); diff != "" {
				t.Errorf("%s (-documented +printed):\n%s", name, diff)
			}
		}
	}
	for name := range documents {
		if !shown[name] {
			t.Errorf("%s is not documented", name)
		}
	}
}

// TestCommandsAreDocumented: docs/cli.md names every command and flag.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	for cmd := range clitest.Commands(testRoot()) {
		if cmd.HasSubCommands() {
			continue
		}
		if !strings.Contains(string(text), cmd.CommandPath()) {
			t.Errorf("docs/cli.md does not name %s", cmd.CommandPath())
		}
		if _, ok := documents[strings.TrimPrefix(cmd.CommandPath(), "behavepro ")]; !ok {
			t.Errorf("%s has no JSON document", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(string(text), "--"+f.Name) && f.Name != "help" {
				t.Errorf("docs/cli.md does not name --%s of %s", f.Name, cmd.CommandPath())
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	clitest.CheckHelp(t, testRoot())
}

func testRoot() *cobra.Command {
	return newCmdRoot(factory.New(strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer)))
}
