package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro/server"
	"github.com/behavepro/behavepro/store"
)

// TestDataStatement keeps the written statement what the program declares.
func TestDataStatement(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../docs/data-statement.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(store.Statement(server.Kinds())), string(written)); diff != "" {
		t.Errorf("docs/data-statement.md is old (`go run ./cmd/syncd statement > docs/data-statement.md`): -declared +written\n%s", diff)
	}
	if err := store.Validate(server.Kinds()); err != nil {
		t.Error(err)
	}
}
