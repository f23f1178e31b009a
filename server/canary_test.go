package server

import (
	"bytes"
	"compress/zlib"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
)

// Canaries: texts that nobody else writes.
const (
	canaryScenario = "CanaryInAScenario"
	canarySource   = "CanaryInASourceFile"
	canaryMessage  = "CanaryInAMessage"
)

// TestNothingInTheClear looks for what was written, kept beside it and proven below the data folder: as bytes, and inside Git
// objects. The canary of the message also has to be readable, or the test proves nothing.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	commit := h.commit("shop", map[string]string{
		"features/cart.feature": "Feature: Cart\n  @SHOP-1\n  Scenario: " + canaryScenario + "\n    Given " + canaryScenario + "\n",
		"src/main.go":           "package main // " + canarySource + strings.Repeat(" filler", 100) + "\n",
	})
	h.connect("shop", "shop", "SHOP")
	acc := h.push(t.Context(), "shop", commit, `[{"uri":"features/cart.feature","name":"Cart","elements":[{"type":"scenario","name":"`+canaryScenario+
		`","line":3,"steps":[{"keyword":"Given ","name":"x","result":{"status":"failed","error_message":"`+canaryMessage+`"}}]}]}]`)
	if acc.Matched != 1 || acc.Failed != 1 {
		t.Fatalf("got %+v, want one matched and failed result", acc.Counts)
	}
	issue, err := h.admin().Issue(t.Context(), "SHOP-1", "", "")
	if err != nil || len(issue.Scenarios) != 1 || issue.Scenarios[0].Name != canaryScenario || issue.Scenarios[0].Status != behavepro.Failed {
		t.Fatalf("got %+v, %v, want the canary's scenario, failed", issue, err)
	}

	files := searchFolder(t, h.app.conf.Data) // while it runs: the log beside the database is searched as well
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	files += searchFolder(t, h.app.conf.Data)
	if files < 10 {
		t.Errorf("only %d files were searched", files)
	}
	if log := h.log.String(); strings.Contains(log, "Canary") {
		t.Errorf("the log holds a canary:\n%s", log)
	}
}

// searchFolder searches all files below a folder and tells how many.
func searchFolder(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, canary := range []string{canaryScenario, canarySource, canaryMessage} {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s holds %s in the clear", path, canary)
			}
			if inflatedHolds(content, canary) {
				t.Errorf("%s holds %s inside a Git object", path, canary)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// inflatedHolds looks into every zlib stream of a file: loose objects are one, packs are many.
func inflatedHolds(content []byte, canary string) bool {
	for i := 0; i+2 < len(content); i++ {
		if content[i] != 0x78 || (uint(content[i])<<8|uint(content[i+1]))%31 != 0 {
			continue
		}
		z, err := zlib.NewReader(bytes.NewReader(content[i:]))
		if err != nil {
			continue
		}
		inflated, _ := io.ReadAll(io.LimitReader(z, 1<<20)) // what broke off was searched up to there
		if bytes.Contains(inflated, []byte(canary)) {
			return true
		}
	}
	return false
}

// TestCanaryIsFound proves that the search finds what is there.
func TestCanaryIsFound(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	packed.WriteString("PACK....")
	z := zlib.NewWriter(&packed)
	if _, err := z.Write([]byte("blob " + canarySource)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if !inflatedHolds(packed.Bytes(), canarySource) || bytes.Contains(packed.Bytes(), []byte(canarySource)) {
		t.Error("a canary inside a Git object was not found, or was not packed")
	}
}
