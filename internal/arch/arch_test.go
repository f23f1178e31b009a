package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/behavepro/behavepro"

// layers lists the top-level packages, lowest first. A package and its sub-packages count as one, and may import packages of lower layers.
var layers = [][]string{
	{""},                               // package behavepro: the shared words
	{"gherkin", "store", "outbound"},   // text, records, connections
	{"catalog", "jobs", "access"},      // what is known, what is to be done, who may
	{"sync", "results", "jira", "web"}, // the engines, which meet in the store; what HTTP entry points share
	{"manage"},                         // use cases that entry points share
	{"pages"},                          // HTML
	{"connect", "api"},                 // protocols of CI and of Jira
	{"server", "internal/cli"},         // wiring, jobs and tenants of the server; what both commands share
	{"cmd", "features"},                // features holds tests only
}

// libraries says which packages may import an outside library; every other import of it is an error.
var libraries = map[string][]string{
	"github.com/go-git/":              {"sync"},
	"github.com/cucumber/":            {"gherkin"},
	"modernc.org/sqlite":              {"store/sqlite"},
	"go.mongodb.org/":                 {"store/mongo"},
	"github.com/jackc/pgx":            {"store/postgres"},
	"github.com/golang-jwt/":          {"connect", "forge", "api/oidc", "jira/jiratest"},
	"github.com/MicahParks/keyfunc":   {"connect", "forge", "api/oidc", "jira/jiratest"},
	"github.com/tink-crypto/":         {"store"},
	"github.com/aws/":                 {"store"},
	"github.com/spf13/":               {"cmd", "internal/cli"},
	"github.com/prometheus/":          {"server"},
	"github.com/vbauerster/mpb":       {"cmd"},
	"golang.org/x/crypto/ssh":         {"sync"},
	"github.com/fxamacker/cbor":       {"gherkin", "store", "catalog", "jobs", "access", "results/ingest", "connect", "jira"},
	"github.com/klauspost/compress":   {"store", "sync", "web", "api", "cmd"},
	"github.com/bmatcuk/doublestar":   {"sync", "access", "cmd"},
	"github.com/cenkalti/backoff":     {"api"},
	"github.com/hashicorp/golang-lru": {"catalog", "web"},
	"github.com/chromedp/":            {"pages/browsertest"},
	"github.com/rogpeppe/":            nil, // tests only
	"github.com/gliderlabs/":          nil,
	"github.com/santhosh-tekuri/":     nil,
	"github.com/owenrumney/":          nil,
	"github.com/google/go-cmp":        {"store/storetest"},
}

// pure lists the packages that only compute: they read and write nothing. Of ours they may import the packages named here, "" being the root.
var pure = map[string][]string{
	"catalog/model":  {""},
	"sync/lineage":   {"", "gherkin", "catalog/model"},
	"results/report": {"", "gherkin", "catalog/model"},
	"results/match":  {"", "gherkin", "catalog/model", "results/report"},
	"results/gate":   {""},
}

// notInCLI lists what behavepro must not link, directly or through another package, with the reason.
var notInCLI = map[string]string{
	module + "/store":         "the CLI asks the server",
	module + "/catalog":       "the CLI asks the server; it may use catalog/model",
	module + "/access":        "the server decides who may do what",
	module + "/jobs":          "the server has the queue",
	module + "/outbound":      "the user may connect to any address",
	module + "/sync":          "the CLI runs git in the checkout; it may use sync/lineage",
	module + "/api/oidc":      "the server verifies ID tokens",
	"github.com/go-git/":      "the CLI runs git",
	"github.com/ProtonMail/":  "it comes with go-git",
	"github.com/tink-crypto/": "nothing is sealed on the client",
	"google.golang.org/":      "it comes with tink",
	"modernc.org/":            "there is no database on the client",
	"go.mongodb.org/":         "there is no database on the client",
	"github.com/jackc/":       "there is no database on the client",
	"github.com/aws/":         "there are no keys of AWS on the client",
	"github.com/golang-jwt/":  "the server verifies tokens",
	"github.com/prometheus/":  "the server has metrics",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// inside returns the path of one of our packages below the module, and whether it is ours.
func inside(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

func topLevel(path string) string {
	if path == "internal/cli" || path == "internal/cli/clitest" {
		return "internal/cli"
	}
	name, _, _ := strings.Cut(path, "/")
	return name
}

func layerOf(top string) int {
	return slices.IndexFunc(layers, func(f []string) bool { return slices.Contains(f, top) })
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages listed: it proves nothing", len(packages))
	}
	for _, p := range packages {
		from, _ := inside(p.ImportPath)
		if topLevel(from) == "internal" {
			continue
		}
		if layerOf(topLevel(from)) < 0 {
			t.Errorf("%s is in no layer; add it to layers and to ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := inside(imported)
			if !ours || topLevel(to) == topLevel(from) {
				continue
			}
			if layerOf(topLevel(to)) >= layerOf(topLevel(from)) {
				t.Errorf("%s imports %s, which is not in a layer below", p.ImportPath, imported)
			}
		}
	}
}

func TestLibrariesHaveOneImporter(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		from, _ := inside(p.ImportPath)
		for _, imported := range p.Imports {
			for library, packages := range libraries {
				if !strings.HasPrefix(imported, library) {
					continue
				}
				allowed := slices.ContainsFunc(packages, func(r string) bool { return from == r || strings.HasPrefix(from, r+"/") })
				testKit := strings.HasSuffix(from, "test")
				if !allowed && !testKit {
					t.Errorf("%s imports %s, which only %v may", p.ImportPath, imported, packages)
				}
			}
		}
	}
}

func TestPureStaysPure(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range list(t) {
		from, _ := inside(p.ImportPath)
		allowed, ok := pure[from]
		if !ok {
			continue
		}
		found++
		for _, imported := range p.Imports {
			if to, ours := inside(imported); ours && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s; it is pure, and may import %q only", p.ImportPath, imported, allowed)
			}
			if slices.Contains([]string{"os", "os/exec", "net", "net/http", "log/slog"}, imported) {
				t.Errorf("%s imports %s; it is pure", p.ImportPath, imported)
			}
		}
	}
	if found != len(pure) {
		t.Errorf("%d pure packages found, want %d", found, len(pure))
	}
}

func TestTheCLIStaysSmall(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-deps", "./cmd/behavepro")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	linked := strings.Fields(string(out))
	if !slices.Contains(linked, module+"/api/client") {
		t.Fatal("the CLI links no api/client: it proves nothing")
	}
	for _, p := range linked {
		for forbidden, why := range notInCLI {
			if p == forbidden || strings.HasSuffix(forbidden, "/") && strings.HasPrefix(p, forbidden) {
				t.Errorf("cmd/behavepro links %s: %s", p, why)
			}
		}
	}
}

func TestTheRootIsSmall(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if p.ImportPath != module {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(imported, ".") {
				t.Errorf("the root imports %s; it may import the standard library only", imported)
			}
		}
	}
}
