package features

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/cucumber/godog"

	"github.com/behavepro/behavepro/api/client"
)

// TestFeatures proves the promises. One server serves all scenarios; each has repositories and issue keys of its own.
func TestFeatures(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	report := filepath.Join(t.TempDir(), "report.json")
	suite := godog.TestSuite{
		Name:                "features",
		ScenarioInitializer: s.scenario,
		Options: &godog.Options{
			Format: "cucumber:" + report, Paths: []string{"."}, Strict: true, Concurrency: 2, TestingT: t, NoColors: true,
		},
	}
	if code := suite.Run(); code != 0 {
		t.Errorf("godog ended with %d", code)
	}
	acceptReport(t, s, report)
}

// acceptReport lets the product read the report of its own tests.
func acceptReport(t *testing.T, s *server, report string) {
	t.Helper()
	repo := &repository{dir: t.TempDir()}
	check(t, repo.git(t.Context(), "init", "-q", "-b", "main"))
	paths, err := filepath.Glob("*.feature")
	check(t, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		check(t, err)
		check(t, repo.write(filepath.Join("features", path), string(text)))
	}
	check(t, repo.commit(t.Context()))
	out, code, err := s.behavepro(t.Context(), repo.dir, "results", "push", "--dry-run", "--strict", "--json", report)
	var acc client.Accounting
	if err != nil || code != 0 || json.Unmarshal(out, &acc) != nil {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	if acc.Read == 0 || acc.Matched != acc.Read {
		t.Errorf("%d of %d results of these features were matched", acc.Matched, acc.Read)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
