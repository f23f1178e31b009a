package results_test

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/behavepro/behavepro/results/report"
)

// endless gives the same byte n times.
type endless struct {
	left int
	b    byte
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = e.b
	}
	e.left -= n
	return n, nil
}

// TestReadKeepsNothingItSkips reads reports that are mostly attachments, output or one message.
func TestReadKeepsNothingItSkips(t *testing.T) {
	const size = 16 << 20
	for name, around := range map[string][2]string{
		"embedding": {
			`[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"passed"},"embeddings":[{"data":"`,
			`"}]}]}]}]`,
		},
		"error message": {
			`[{"uri":"a.feature","name":"A","elements":[{"type":"scenario","name":"One","steps":[{"name":"x","result":{"status":"passed","error_message":"`,
			`"}}]}]}]`,
		},
		"attachment": {
			`{"testCaseStarted":{"id":"1"}}` + "\n" + `{"attachment":{"testCaseStartedId":"1","body":"`,
			`"}}` + "\n" + `{"testCaseFinished":{"testCaseStartedId":"1"}}`,
		},
		"output":  {`<testsuite><testcase name="One"/><system-out><![CDATA[`, `]]></system-out></testsuite>`},
		"failure": {`<testsuite><testcase name="One"><failure message="`, `">x</failure></testcase></testsuite>`},
	} {
		t.Run(name, func(t *testing.T) {
			body := io.MultiReader(strings.NewReader(around[0]), &endless{size, 'A'}, strings.NewReader(around[1]))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			sum, err := report.Read(context.Background(), "r", body, func(read) error { return nil })
			runtime.ReadMemStats(&after)
			if err != nil || sum.Unreadable != "" || sum.Results != 1 {
				t.Errorf("read: %v, %+v", err, sum)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
				t.Errorf("%d bytes were allocated for %d, want under 1 MB", used, size)
			}
		})
	}
}
