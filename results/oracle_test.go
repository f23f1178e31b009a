package results_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/internal/testenv"
)

// envelope is what the oracle needs of a message.
type envelope struct {
	Pickle *struct {
		ID, URI, Name string
		Steps         []struct{ ID, Text string }
	}
	TestCase *struct {
		ID, PickleID string
		TestSteps    []struct{ ID, PickleStepID string }
	}
	TestCaseStarted *struct {
		ID, TestCaseID string
		Attempt        int
	}
	TestStepFinished *struct {
		TestCaseStartedID, TestStepID string
		TestStepResult                struct{ Status, Message string }
	}
}

// told is what a stream tells of one attempt.
type told struct {
	URI, Name, Raw, Step string
	Attempt              int
}

// oracle reads a stream as its specification says, with encoding/json and without any care for memory.
func oracle(t *testing.T, text []byte) []told {
	t.Helper()
	severity := []string{"", "PASSED", "SKIPPED", "UNKNOWN", "PENDING", "UNDEFINED", "AMBIGUOUS", "FAILED"}
	var all []told
	attempts, cases, pickles := map[string]int{}, map[string]string{}, map[string]told{}
	steps, texts := map[string]string{}, map[string]string{}
	for line := range bytes.Lines(text) {
		var e envelope
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Pickle != nil:
			pickles[e.Pickle.ID] = told{URI: e.Pickle.URI, Name: e.Pickle.Name}
			for _, s := range e.Pickle.Steps {
				texts[s.ID] = s.Text
			}
		case e.TestCase != nil:
			cases[e.TestCase.ID] = e.TestCase.PickleID
			for _, s := range e.TestCase.TestSteps {
				steps[s.ID] = s.PickleStepID
			}
		case e.TestCaseStarted != nil:
			attempts[e.TestCaseStarted.ID] = len(all)
			one := pickles[cases[e.TestCaseStarted.TestCaseID]]
			one.Attempt = e.TestCaseStarted.Attempt
			all = append(all, one)
		case e.TestStepFinished != nil:
			one, status := &all[attempts[e.TestStepFinished.TestCaseStartedID]], e.TestStepFinished.TestStepResult.Status
			step := steps[e.TestStepFinished.TestStepID]
			hook := step == ""
			rank := slices.Index(severity, status)
			if hook && rank <= 3 || rank <= slices.Index(severity, one.Raw) {
				continue
			}
			one.Raw, one.Step = status, ""
			if rank >= 4 {
				one.Step = texts[step]
			}
		}
	}
	for i := range all {
		if all[i].Raw == "" {
			all[i].Raw = "none"
		}
	}
	return all
}

// agrees compares what is read of a stream with the oracle.
func agrees(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got []told
	reported, _ := readReport(t, name, text)
	for _, r := range reported {
		got = append(got, told{URI: r.URI, Name: r.Name, Raw: r.Raw, Step: r.Step, Attempt: r.Attempt})
	}
	if diff := cmp.Diff(oracle(t, text), got); diff != "" {
		t.Errorf("%s (-oracle +got):\n%s", name, diff)
	}
}

// TestMessagesAgainstOracle reads the streams of Cucumber's compatibility kit; TestRunners does so with those of runners.
func TestMessagesAgainstOracle(t *testing.T) {
	t.Parallel()
	root := testenv.CompatibilityKit(t)
	for _, name := range glob(t, root, "samples/*/*.ndjson") {
		agrees(t, filepath.Join(root, name))
	}
}
