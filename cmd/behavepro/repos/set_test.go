package repos

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/cmd/behavepro/factory"
	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/cli/clitest"
)

func TestSetFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  []string
		check func(o *setOptions) bool
	}{
		{[]string{"shop", "--branches", "main,release/*"}, func(o *setOptions) bool {
			return o.name == "shop" && cmp.Diff([]string{"main", "release/*"}, *o.change.Branches) == "" && o.change.Path == nil
		}},
		{[]string{"--branches", ""}, func(o *setOptions) bool { return len(*o.change.Branches) == 0 }},
		{[]string{"--path", ""}, func(o *setOptions) bool { return *o.change.Path == "" && o.change.Branches == nil }},
		{[]string{"--poll", "90s", "--project", "shop"}, func(o *setOptions) bool {
			return *o.change.PollSeconds == 90 && (*o.change.Projects)[0] == "SHOP"
		}},
		{[]string{"--link", "^req-(?P<key>[A-Z]{2,9}-[0-9]+)$"}, func(o *setOptions) bool { return (*o.change.Links)[0] == "^req-(?P<key>[A-Z]{2,9}-[0-9]+)$" }},
	} {
		err := clitest.Run(newCmdSet(factory.New(strings.NewReader(""), io.Discard, io.Discard), func(_ context.Context, o *setOptions) error {
			if !c.check(o) {
				t.Errorf("%q: got %+v", c.args, o)
			}
			return nil
		}), c.args...)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
	}
	if err := clitest.Run(newCmdSet(factory.New(strings.NewReader(""), io.Discard, io.Discard), nil), "shop"); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("nothing to change: %v", err)
	}
}
