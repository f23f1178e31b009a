package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/results/report"
	"github.com/behavepro/behavepro/store/embedded"
)

const (
	canaryShot  = "\x89PNG\r\n\x1a\n" + "CanaryInAScreenshot"
	canaryLog   = "CanaryInALog, token=CanarySecret"
	canaryStack = "CanaryInAStack"
)

// evidenceReport is a failure with a stack, a screenshot and a log.
func evidenceReport(t *testing.T) string {
	t.Helper()
	message, err := json.Marshal("it said token=CanarySecret\n\tat " + canaryStack + ".java:1")
	if err != nil {
		t.Fatal(err)
	}
	data := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	return `[{"uri":"features/cart.feature","name":"Cart","elements":[{"type":"scenario","name":"Pay","line":3,"steps":[{"keyword":"Given ","name":"x",` +
		`"result":{"status":"failed","error_message":` + string(message) + `},"embeddings":[{"mime_type":"image/png","name":"shot","data":"` + data(canaryShot) +
		`"},{"mime_type":"text/plain","name":"log","data":"` + data(canaryLog) + `"}]}]}]}]`
}

func (h *testServer) keep(keep string, masks ...string) {
	h.t.Helper()
	if _, err := h.admin().ChangeEvidenceRule(h.t.Context(), "SHOP", client.ChangeEvidenceRule{Keep: &keep, Masks: &masks}); err != nil {
		h.t.Fatal(err)
	}
}

// TestEvidence: attachments are split off, sent once, sealed, masked, shown as downloads, backed up, checked, and go with their
// repository or by age.
func TestEvidence(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	commit := h.commit("shop", map[string]string{"features/cart.feature": "Feature: Cart\n  @SHOP-1\n  Scenario: Pay\n    Given x\n"})
	added := h.connect("shop", "shop", "SHOP")
	text := evidenceReport(t)

	acc := h.push(t.Context(), "shop", commit, text)
	if acc.Matched != 1 || !strings.Contains(strings.Join(acc.Notes, "\n"), "2 attachments were not kept") {
		t.Fatalf("with the default setting: %+v", acc)
	}
	h.keep("all", `token=\w+`)
	var shot, log behavepro.Hash
	var slim bytes.Buffer
	r := report.Split(strings.NewReader(text), func(hash behavepro.Hash, content []byte) error {
		if string(content) == canaryShot {
			shot = hash
		} else {
			log = hash
		}
		return nil
	})
	if _, err := slim.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	r.Close()
	push, err := h.admin().PushResults(t.Context(), client.Upload{
		Push:  client.Push{Repository: "shop", Commit: commit, WaitSeconds: 50, Build: "2"},
		Files: []client.ReportFile{reportFile("report.json", slim.String())},
	})
	if err != nil || push.Matched != 1 || len(push.Notes) > 0 {
		t.Fatalf("push: %v %+v", err, push)
	}
	unknown := behavepro.Sum("unknown")
	missing, err := h.admin().MissingAttachments(t.Context(), push.ID, []behavepro.Hash{shot, log, unknown})
	if err != nil || len(missing.Missing) != 2 {
		t.Fatalf("missing: %v, %v, want two", missing, err)
	}
	if err := h.admin().SendAttachment(t.Context(), push.ID, unknown, []byte("x")); err == nil {
		t.Error("content that is not what it is called was taken")
	}
	for hash, content := range map[behavepro.Hash]string{shot: canaryShot, log: canaryLog} {
		for range 2 { // the second changes nothing
			if err := h.admin().SendAttachment(t.Context(), push.ID, hash, []byte(content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if missing, err = h.admin().MissingAttachments(t.Context(), push.ID, []behavepro.Hash{shot, log}); err != nil || len(missing.Missing) != 0 {
		t.Errorf("after all were sent: %v, %v", missing, err)
	}

	cookie := h.session(access.Grant{Tenant: behavepro.Local, Verbs: []access.Verb{access.ReposRead, access.ResultsRead}, AllProjects: true}, time.Now())
	get := func(hash behavepro.Hash) answered {
		return h.ask(http.MethodGet, "/repositories/"+string(added.Repository.ID)+"/attachments/"+hash.String(), "", func(r *http.Request) { r.AddCookie(cookie) })
	}
	for hash, want := range map[behavepro.Hash]struct{ body, media, disposition string }{
		shot: {canaryShot, "image/png", "inline"},
		log:  {"CanaryInALog, ***", "text/plain; charset=utf-8", "attachment"},
	} {
		got := get(hash)
		if got.status != 200 || got.body != want.body || got.header.Get("Content-Type") != want.media || !strings.HasPrefix(got.header.Get("Content-Disposition"), want.disposition) ||
			got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("got %d %q %v, want %+v", got.status, got.body, got.header, want)
		}
	}
	if got := get(unknown); got.status != http.StatusNotFound {
		t.Errorf("an unknown attachment: %d", got.status)
	}

	file, restored := filepath.Join(t.TempDir(), "backup.tar"), filepath.Join(t.TempDir(), "data")
	if err := errors.Join(h.backupTo(file, true), restore(t, file, restored, embedded.KeyFile(h.app.conf.Data))); err != nil {
		t.Fatal(err)
	}
	checkAttachments(t, restored, embedded.KeyFile(h.app.conf.Data), 2, 0)
	noCanaryBelow(t, h.app.conf.Data)
	damageOne(t, restored)
	checkAttachments(t, restored, embedded.KeyFile(h.app.conf.Data), 1, 1)

	c, err := h.app.tenants.catalog(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	days := 10
	if _, err := h.admin().ChangeEvidenceRule(t.Context(), "SHOP", client.ChangeEvidenceRule{Days: &days}); err != nil {
		t.Fatal(err)
	}
	for _, later := range []struct{ days, status int }{{9, 200}, {12, 404}} {
		if err := (ingest.Ingest{Catalog: c}).Age(t.Context(), time.Now().AddDate(0, 0, later.days)); err != nil {
			t.Fatal(err)
		}
		if got := get(shot); got.status != later.status {
			t.Errorf("after %d days: %d, want %d", later.days, got.status, later.status)
		}
	}
	if left := objectsBelow(t, h.app.conf.Data); left != 0 {
		t.Errorf("%d objects are left of evidence that is too old", left)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	noCanaryBelow(t, h.app.conf.Data)
}

// TestInlineEvidence: what a client does not split off is split off by the server, and goes with the repository.
func TestInlineEvidence(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	commit := h.commit("shop", map[string]string{"features/cart.feature": "Feature: Cart\n  @SHOP-1\n  Scenario: Pay\n    Given x\n"})
	added := h.connect("shop", "shop", "SHOP")
	h.keep("all")
	for range 2 { // deduplicated
		if acc := h.push(t.Context(), "shop", commit, evidenceReport(t)); acc.Matched != 1 || len(acc.Notes) > 0 {
			t.Fatalf("push: %+v", acc)
		}
		if n := objectsBelow(t, h.app.conf.Data); n != 2 {
			t.Fatalf("%d objects, want 2", n)
		}
	}
	if _, err := h.admin().RemoveRepository(t.Context(), string(added.Repository.ID)); err != nil {
		t.Fatal(err)
	}
	c, err := h.app.tenants.catalog(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	for _, days := range []int{0, 14, 28, 31} { // a sweep after too long a time only looks
		if n := objectsBelow(t, h.app.conf.Data); n != 2 {
			t.Errorf("before day %d: %d objects, want 2", days, n)
		}
		if _, err := c.SweepTenant(t.Context(), time.Now().AddDate(0, 0, days)); err != nil {
			t.Fatal(err)
		}
	}
	if n := objectsBelow(t, h.app.conf.Data); n != 0 {
		t.Errorf("%d objects are left of a repository that was removed", n)
	}
}

// TestObjectsGoWithTheirTenant: no file of a tenant is left when it is deleted.
func TestObjectsGoWithTheirTenant(t *testing.T) {
	t.Parallel()
	h := startTestServer(t, nil)
	if err := h.app.tenants.ensure(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	scope, err := h.app.store.Tenant(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	if err := scope.PutObject(t.Context(), "shop", "x", []byte("theirs")); err != nil {
		t.Fatal(err)
	}
	local, err := h.app.store.Tenant(t.Context(), behavepro.Local)
	if err != nil {
		t.Fatal(err)
	}
	if err := local.PutObject(t.Context(), "shop", "x", []byte("ours")); err != nil {
		t.Fatal(err)
	}
	if err := h.app.store.DropTenant(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	if n := objectsBelow(t, h.app.conf.Data); n != 1 {
		t.Errorf("%d objects are left, want the other tenant's", n)
	}
	if body, err := local.Object(t.Context(), "shop", "x"); err != nil || string(body) != "ours" {
		t.Errorf("got %q, %v", body, err)
	}
}

// checkAttachments checks a data folder that nobody uses.
func checkAttachments(t *testing.T, data, key string, want, flaws int) {
	t.Helper()
	s, err := OpenData(t.Context(), data, key)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var said []string
	_, done, err := CheckStore(t.Context(), s, func(f catalog.Flaw) { said = append(said, f.What) })
	if err != nil || done.Attachments != want || len(said) != flaws {
		t.Errorf("checked %d attachments with flaws %q, %v; want %d with %d", done.Attachments, said, err, want, flaws)
	}
}

func objectsBelow(t *testing.T, data string) (n int) {
	t.Helper()
	eachObject(t, data, func(string) { n++ })
	return n
}

func eachObject(t *testing.T, data string, yield func(path string)) {
	t.Helper()
	err := filepath.WalkDir(embedded.Objects(data), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			yield(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// damageOne changes a bit of one object.
func damageOne(t *testing.T, data string) {
	t.Helper()
	done := false
	eachObject(t, data, func(path string) {
		if done {
			return
		}
		done = true
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		body, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{body[len(body)-1] ^ 1}, int64(len(body)-1)); err != nil {
			t.Fatal(err)
		}
	})
}

// noCanaryBelow looks for what must not be in the clear.
func noCanaryBelow(t *testing.T, data string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, canary := range []string{canaryShot, "CanaryInALog", "CanarySecret", canaryStack, base64.StdEncoding.EncodeToString([]byte(canaryShot))} {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s holds %.20q in the clear", path, canary)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 5 {
		t.Errorf("only %d files were searched", files)
	}
}
