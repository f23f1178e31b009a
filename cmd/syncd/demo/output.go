package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/cli"
)

// shown is what there is to see.
type shown struct {
	repository string
	folder     string // of the sample, to try changes in; "" for the reader's own
	issue      behavepro.IssueKey
	notes      []string // said before the links
	push       []string // arguments of results push, less server and token
	pushText   string

	issueURL, docsURL string
	jiraURL           string // of the issue in the pretended Jira
}

// links makes the links to the pages.
func (s *shown) links(ctx context.Context, d *Demo, repo behavepro.RepositoryID) (err error) {
	if s.docsURL, err = d.link(ctx, documentationPath(repo)); err != nil {
		return err
	}
	if s.issue != "" {
		s.issueURL, err = d.link(ctx, issuePath(s.issue))
	}
	return err
}

// Output is the line for programs.
type Output struct {
	URL           string             `json:"url"` // of the server
	Issue         behavepro.IssueKey `json:"issue,omitempty"`
	IssueURL      string             `json:"issueUrl,omitempty"`
	JiraURL       string             `json:"jiraUrl,omitempty"` // of the issue in the pretended Jira
	Documentation string             `json:"documentationUrl"`
	Repository    string             `json:"repository"`
	TokenFile     string             `json:"tokenFile"`
	Push          []string           `json:"push"` // a command line
}

// tell prints what there is to see: to people on a terminal, else as one line of JSON, with the text for people beside it.
func (d *Demo) tell(s *shown) error {
	command := append(
		[]string{behaveproCommand(), "results", "push", "--url", d.server.URL(), "--token-file", d.server.AdminFile()},
		s.push...)
	if cli.IsTerminal(d.Out) {
		return d.tellPeople(d.Out, s, command)
	}
	if err := d.tellPeople(d.Err, s, command); err != nil {
		return err
	}
	line := json.NewEncoder(d.Out)
	line.SetEscapeHTML(false)
	return line.Encode(Output{
		URL: d.server.URL(), Issue: s.issue, IssueURL: s.issueURL, JiraURL: s.jiraURL, Documentation: s.docsURL, Repository: s.repository,
		TokenFile: d.server.AdminFile(), Push: command,
	})
}

func (d *Demo) tellPeople(w io.Writer, s *shown, command []string) error {
	var b strings.Builder
	b.WriteString("\n")
	for _, note := range s.notes {
		fmt.Fprintf(&b, "%s\n\n", note)
	}
	if s.issueURL != "" {
		fmt.Fprintf(&b, "The scenarios of %s with their results:\n  %s\n\n", s.issue, s.issueURL)
	}
	if s.jiraURL != "" {
		fmt.Fprintf(&b, "%s in a pretended Jira, with the panel inside it; change there who looks:\n  %s\n\n", s.issue, s.jiraURL)
	}
	fmt.Fprintf(&b, "The living documentation of %s:\n  %s\n\n", s.repository, s.docsURL)
	fmt.Fprintf(&b, "%s\n  %s\n\n", s.pushText, shellLine(command))
	if s.folder != "" {
		fmt.Fprintf(&b, "The repository, to look into or to commit to: %s\n", s.folder)
	}
	b.WriteString("Ctrl-C ends the demo and removes everything that it wrote.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// behaveproCommand is how behavepro is called: by its path where it stands beside this program.
func behaveproCommand() string {
	if own, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(own), "behavepro"); isFile(path) {
			return path
		}
	}
	return "behavepro"
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// shellLine quotes words as a shell needs them.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,") != "" {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
