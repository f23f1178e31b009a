package results

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/cli/clitest"
)

func TestPushFlags(t *testing.T) {
	t.Parallel()
	var got *pushOptions
	take := func(_ context.Context, o *pushOptions) error { got = o; return nil }
	err := clitest.Run(newCmdPush(factory.New(strings.NewReader(""), io.Discard, io.Discard), take), "a.json", "b", "--param", "Os=Linux, 64 bit", "--param", "JVM=17", "--wait", "5s",
		"--attempt", "2", "--strict", "--run", "nightly")
	if err != nil {
		t.Fatal(err)
	}
	params, err := parseParams(got.params)
	if err != nil {
		t.Fatal(err)
	}
	want := []behavepro.Param{{Name: "Os", Value: "Linux, 64 bit"}, {Name: "JVM", Value: "17"}}
	if diff := cmp.Diff(want, params); diff != "" {
		t.Error(diff)
	}
	if got.wait != 5*time.Second || got.attempt != 2 || !got.strict || got.run != "nightly" || len(got.args) != 2 || got.dryRun {
		t.Errorf("got %+v", got)
	}
	if err := clitest.Run(newCmdPush(factory.New(strings.NewReader(""), io.Discard, io.Discard), take), "--wait", "-1s"); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("a negative wait: %v", err)
	}
}
