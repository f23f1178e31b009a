package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/internal/cli"
)

// parse runs one command with its flags; run gets what they mean.
func parse(cmd *cobra.Command, args ...string) error {
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(new(bytes.Buffer))
	cmd.SetErr(new(bytes.Buffer))
	return cmd.Execute()
}

func testFactory() *factory {
	return newFactory(strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer))
}

func TestPushFlags(t *testing.T) {
	t.Parallel()
	var got *resultsPush
	take := func(_ context.Context, o *resultsPush) error { got = o; return nil }
	err := parse(newCmdResultsPush(testFactory(), take), "a.json", "b", "--param", "Os=Linux, 64 bit", "--param", "JVM=17", "--wait", "5s",
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
	if err := parse(newCmdResultsPush(testFactory(), take), "--wait", "-1s"); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("a negative wait: %v", err)
	}
}

func TestSetFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  []string
		check func(o *reposSet) bool
	}{
		{[]string{"shop", "--branches", "main,release/*"}, func(o *reposSet) bool {
			return o.name == "shop" && cmp.Diff([]string{"main", "release/*"}, *o.change.Branches) == "" && o.change.Path == nil
		}},
		{[]string{"--branches", ""}, func(o *reposSet) bool { return len(*o.change.Branches) == 0 }},
		{[]string{"--path", ""}, func(o *reposSet) bool { return *o.change.Path == "" && o.change.Branches == nil }},
		{[]string{"--poll", "90s", "--project", "shop"}, func(o *reposSet) bool {
			return *o.change.PollSeconds == 90 && (*o.change.Projects)[0] == "SHOP"
		}},
		{[]string{"--link", "^req-(?P<key>[A-Z]{2,9}-[0-9]+)$"}, func(o *reposSet) bool { return (*o.change.Links)[0] == "^req-(?P<key>[A-Z]{2,9}-[0-9]+)$" }},
	} {
		err := parse(newCmdReposSet(testFactory(), func(_ context.Context, o *reposSet) error {
			if !c.check(o) {
				t.Errorf("%q: got %+v", c.args, o)
			}
			return nil
		}), c.args...)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
	}
	if err := parse(newCmdReposSet(testFactory(), nil), "shop"); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("nothing to change: %v", err)
	}
}
