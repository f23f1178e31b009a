package main

import (
	"testing"

	"github.com/behavepro/behavepro/internal/cli"
	"github.com/behavepro/behavepro/internal/cli/clitest"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	clitest.CheckHelp(t, newCmdRoot(cli.NewStreams("syncd", nil, nil, nil)))
}
