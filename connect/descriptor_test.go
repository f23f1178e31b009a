package connect

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/jira"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write golden files")

// described are the options of the golden descriptors.
var described = map[string]func(*Options){
	"descriptor": nil,
	"descriptor-regional": func(o *Options) {
		o.Key, o.Name, o.Path, o.Vendor, o.VendorURL = "com.example.bdd", "Scenarios of Example", "/app", "Example", "https://example.com"
		o.Regional = map[string]string{"EU": "https://eu.bdd.example.com", "US": "https://us.bdd.example.com"}
	},
}

func TestDescriptor(t *testing.T) {
	t.Parallel()
	for name, edit := range described {
		w := newWorld(t, edit)
		status, got := w.send(t, "GET", "/atlassian-connect.json", "", nil)
		if status != http.StatusOK {
			t.Fatalf("status %d: %s", status, got)
		}
		golden := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got), -update writes it\n%s", golden, diff)
		}
	}
}

// newerThanTheSchema are fields that Jira takes and the schema of 2021 does not know.
var newerThanTheSchema = []string{"regionBaseUrls", "modules.jiraIssueContexts", "apiMigrations.signed-install", "apiMigrations.context-qsh"}

// TestDescriptorFitsTheSchema checks the golden descriptors against Atlassian's schema of 2021, as far as that reaches, where it is at hand, and always
// against what today's Jira asks of each module.
func TestDescriptorFitsTheSchema(t *testing.T) {
	t.Parallel()
	schema := atlassianSchema(t)
	for name := range described {
		text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		whole := d.(map[string]any)
		for kind, fields := range requiredFields {
			list, _ := whole["modules"].(map[string]any)[kind].([]any)
			if len(list) == 0 {
				t.Errorf("%s has no %s", name, kind)
			}
			for _, m := range list {
				for _, field := range fields {
					if _, ok := m.(map[string]any)[field]; !ok {
						t.Errorf("%s: %s without %s", name, kind, field)
					}
				}
			}
		}
		for _, path := range newerThanTheSchema {
			at, last := whole, path
			if first, rest, ok := strings.Cut(path, "."); ok {
				at, last = whole[first].(map[string]any), rest
			}
			if _, ok := at[last]; !ok && last != "regionBaseUrls" {
				t.Errorf("%s is not in the descriptor", path)
			}
			delete(at, last)
		}
		if schema == nil {
			continue
		}
		if err := schema.Validate(whole); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		whole["scopes"] = []any{"EVERYTHING"}
		if schema.Validate(whole) == nil {
			t.Error("the schema takes everything")
		}
	}
}

var requiredFields = map[string][]string{
	"jiraIssueContents":         {"key", "name", "icon", "tooltip", "target"},
	"jiraIssueContexts":         {"key", "name", "icon", "content", "target"},
	"jiraProjectPages":          {"key", "name", "url"},
	"jiraProjectAdminTabPanels": {"key", "name", "url"},
	"adminPages":                {"key", "name", "url"},
	"jiraEntityProperties":      {"key", "name", "keyConfigurations"},
	"webhooks":                  {"event", "url"},
}

func atlassianSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(factsDir(), "jira-connect-descriptor-schema.2021-08.stripped.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "uri", Validate: func(v any) error { // Jira takes addresses below baseUrl, too
		text, _ := v.(string)
		_, err := url.Parse(text)
		return err
	}})
	if err := c.AddResource("connect.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("connect.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestDescriptorNamesOurRoutes finds a route for every address that Jira is told.
func TestDescriptorNamesOurRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	d := w.descriptor()
	routes := map[string]bool{}
	for _, r := range w.Routes() {
		routes[r.Pattern] = true
	}
	for _, p := range w.Panels() {
		routes[p.Pattern] = true
	}
	want := func(method, path string) {
		t.Helper()
		if !routes[method+" /connect"+path] {
			t.Errorf("no route for %s %s", method, path)
		}
	}
	for _, path := range d.Lifecycle {
		want("POST", path)
	}
	text, err := json.Marshal(d.Modules)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][]struct {
		URL    string
		Key    string
		Target struct{ URL string }
		Icon   struct{ URL string }
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for kind, list := range all {
		for _, m := range list {
			if kind == "webhooks" {
				want("POST", m.URL)
				continue
			}
			if keys[m.Key] {
				t.Errorf("two modules are %s", m.Key)
			}
			keys[m.Key] = true
			for _, path := range []string{m.URL, m.Target.URL, m.Icon.URL} {
				if path != "" {
					want("GET", path)
				}
			}
		}
	}
	if len(all["webhooks"]) != len(webhookEvents) {
		t.Errorf("%d webhooks for %d events", len(all["webhooks"]), len(webhookEvents))
	}
}

// TestDescriptorNamesWhatIsWritten finds each field that Jira indexes in the property that is written.
func TestDescriptorNamesWhatIsWritten(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(jira.Property{LastResult: start, Status: behavepro.Passed})
	if err != nil {
		t.Fatal(err)
	}
	var written map[string]any
	if err := json.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	for _, field := range numberFields {
		if _, ok := written[field].(float64); !ok {
			t.Errorf("%s is %v", field, written[field])
		}
	}
	for _, field := range slices.Concat(textFields, dateFields) {
		if text, ok := written[field].(string); !ok || text == "" {
			t.Errorf("%s is %v", field, written[field])
		}
	}
	if _, ok := written[linkedField].(bool); !ok {
		t.Errorf("%s is %v", linkedField, written[linkedField])
	}
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := New(Options{
		PublicURL: "http://bdd.example.com", Path: "connect/", Key: strings.Repeat("k", 65), Sites: []string{"https://shop.atlassian.net", "shop.atlassian.net"},
		Regional: map[string]string{"MARS": "https://mars.example.com"}, ExtraSites: []string{"http://jira.example.com"}, KeyServers: []string{"http://keys.example.com"},
	})
	if !errors.Is(err, behavepro.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"no installs", "app key", "path", "MARS", "http://bdd.example.com", "http://jira.example.com", "http://keys.example.com", `"https://shop.atlassian.net"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing about %s in\n%v", part, err)
		}
	}
	if strings.Contains(err.Error(), `"shop.atlassian.net"`) {
		t.Errorf("a good site is called wrong:\n%v", err)
	}
}

func TestIcon(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if status, body := w.send(t, "GET", "/connect/icon.svg", "", nil); status != http.StatusOK || !strings.HasPrefix(body, "<svg") {
		t.Errorf("status %d: %.40s", status, body)
	}
}
