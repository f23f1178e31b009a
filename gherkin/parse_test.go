package gherkin

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of testdata/parse anew")

// samples reads the files below testdata/parse that are to be parsed.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/parse/*.feature*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		if strings.HasSuffix(path, ".json") {
			continue
		}
		blob, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = blob
	}
	return all
}

func TestParseGolden(t *testing.T) {
	t.Parallel()
	for name, blob := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.MarshalIndent(Parse(name, blob), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata/parse", name+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Errorf("Parse(%s) (-want +got):\n%s", name, diff)
			}
		})
	}
}

func TestBrokenFilesKeepIntactScenarios(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file     string
		names    string
		problems string // a part of each message, in order
	}{
		{"conflict.feature", "before ours theirs shows one", "merge conflict marker|merge conflict marker"},
		{"bad_cells_and_line.feature", "one two", "inconsistent cell count|got '    nonsense'|may not contain whitespace"},
		{"unclosed_doc.feature", "one two three", "not closed; lines 6 to 9"},
		{"unclosed_last_with_gherkin_inside.feature", "one two", "not closed; lines 12 to 13"},
		{"trailing_tags.feature", "one", "unexpected end of file"},
		{"unknown_language.feature", "here", "Language not supported: xx"},
		{"windows1252.feature", "“quoted”", "not valid UTF-8 (first at line 2); it is read as Windows-1252"},
		{"latin1_declared.feature", "ä", ""},
		{"utf16le.feature", "😀", ""},
		{"utf16be_no_bom.feature", "one", ""},
		{"bom_crlf_german.feature", "Ärger", ""},
		{"lone_cr.feature", "one two", ""},
		{"empty.feature", "", ""},
		{"comments_only.feature", "", ""},
		{"markdown.feature.md", "", "Markdown Gherkin is not supported by this parser"},
	}
	files := samples(t)
	for _, test := range tests {
		doc := Parse(test.file, files[test.file])
		var names, messages []string
		if doc.Feature != nil {
			for _, s := range doc.Feature.Scenarios {
				names = append(names, s.Name)
			}
		}
		for _, p := range doc.Problems {
			messages = append(messages, p.Message)
		}
		if got := strings.Join(names, " "); got != test.names {
			t.Errorf("%s: scenarios %q, want %q", test.file, got, test.names)
		}
		var want []string
		if test.problems != "" {
			want = strings.Split(test.problems, "|")
		}
		if len(messages) != len(want) {
			t.Errorf("%s: problems %q, want %q", test.file, messages, want)
			continue
		}
		for i := range want {
			if !strings.Contains(messages[i], want[i]) {
				t.Errorf("%s: problem %q, want %q", test.file, messages[i], want[i])
			}
		}
	}
}

func TestEncodeDecode(t *testing.T) {
	t.Parallel()
	for name, blob := range samples(t) {
		doc := Parse(name, blob)
		sealed := Encode(doc)
		back, err := Decode(sealed)
		if err != nil {
			t.Errorf("Decode(Encode(%s)): %v", name, err)
			continue
		}
		if diff := cmp.Diff(doc, back); diff != "" && !bytes.Equal(Encode(back), sealed) {
			t.Errorf("%s came back changed (-want +got):\n%s", name, diff)
		}
	}
	doc := &Document{Feature: &Feature{Scenarios: []Scenario{{Rule: 2}}, Rules: []Rule{{}}}}
	if _, err := Decode(Encode(doc)); err == nil {
		t.Error("a scenario in a rule that is not there was decoded")
	}
}
