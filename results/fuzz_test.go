package results_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/match"
	"github.com/behavepro/behavepro/results/report"
)

// FuzzRead reads whatever comes: it must neither panic nor fail, the same bytes must give the same results however they
// arrive, texts stay bounded, and the accounting adds up.
func FuzzRead(f *testing.F) {
	f.Add([]byte(stream + streamEnd))
	f.Add([]byte(stream + "{oops\n" + stream))
	f.Add([]byte(`[{"uri":"features/shop.feature","name":"Shop","elements":[{"type":"background","line":1,"steps":[{"result":{"status":"failed"}}]},{"type":"scenario","name":"Pay","line":2,"before":[{"result":{"status":"passed","duration":1e9}}],"steps":[{"name":"\ud83d\ude00\u00e9","embeddings":[{"data":"AA\\\""}],"result":{"status":"Passed","error_message":["a"]}}]}]}]`))
	f.Add([]byte(`<?xml version="1.0"?><!DOCTYPE x><testsuites><testsuite name="Shop"><testcase classname="Shop" name="Pay &amp; &#x41;" time="1,2"><failure message="m"><![CDATA[x]]></failure></testcase></testsuite></testsuites>`))
	f.Add([]byte("\xff\xfe<\x00t\x00e\x00s\x00t\x00s\x00u\x00i\x00t\x00e\x00/\x00>\x00"))
	streams, err := filepath.Glob(filepath.Join(testenv.CompatibilityKit(f), "samples/*/*.ndjson"))
	if err != nil || len(streams) == 0 {
		f.Fatalf("%d streams, %v", len(streams), err)
	}
	for _, path := range streams {
		if text, err := os.ReadFile(path); err == nil && len(text) < 8<<10 {
			f.Add(text)
		}
	}
	for name := range ownReports {
		f.Add(ownReport(f, name))
	}
	files := commit()
	f.Fuzz(func(t *testing.T, body []byte) {
		reported, sum := readReport(t, "r", body)
		for i := range reported {
			r := &reported[i]
			if len(r.Name) > 4<<10 || len(r.Message) > 4<<10 || len(r.Raw) > 4<<10 || r.Duration < 0 || r.Line < 0 {
				t.Fatalf("a result out of bounds: %+v", r)
			}
			if _, known := behavepro.StatusOf(r.Raw); !known && sum.UnknownWords[r.Raw] == 0 && len(sum.UnknownWords) < 100 {
				t.Errorf("%q is not among the unknown words", r.Raw)
			}
		}
		if sum.Results != len(reported) {
			t.Errorf("summary has %d results, %d were sent", sum.Results, len(reported))
		}
		if len(body) < 4<<10 {
			var again []read
			_, err := report.Read(context.Background(), "r", iotest.OneByteReader(strings.NewReader(string(body))), func(r read) error {
				again = append(again, r)
				return nil
			})
			if diff := cmp.Diff(reported, again); err != nil || diff != "" {
				t.Errorf("read byte by byte: %v (-whole +bytes):\n%s", err, diff)
			}
		}
		checkAccounting(t, reported, match.Match(files, reported, match.Options{}))
	})
}

// FuzzReadAs reads whatever comes in every format, as --format makes it be read.
func FuzzReadAs(f *testing.F) {
	words := report.FormatWords()
	for name, format := range ownReports {
		f.Add(uint8(slices.Index(report.Formats(), format)), ownReport(f, name))
	}
	f.Add(uint8(0), []byte(stream+streamEnd))
	files := readFeatures(f, formatsFolder)
	f.Fuzz(func(t *testing.T, word uint8, body []byte) {
		var reported []read
		sum, err := report.ReadAs(context.Background(), words[int(word)%len(words)], "r", bytes.NewReader(body), func(r read) error {
			if len(r.Name) > 4<<10 || len(r.Message) > 4<<10 || r.Duration < 0 || r.Line < 0 || r.Dropped < 0 {
				t.Fatalf("a result out of bounds: %+v", r)
			}
			reported = append(reported, r)
			return nil
		})
		if err != nil || sum.Results != len(reported) || len(reported) == 0 && sum.Unreadable == "" {
			t.Errorf("%v, %d results, %+v", err, len(reported), sum)
		}
		checkAccounting(t, reported, match.Match(files, reported, match.Options{}))
	})
}
