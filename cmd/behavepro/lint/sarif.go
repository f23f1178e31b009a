package lint

import (
	"encoding/json"
	"io"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro/api/client"
)

// The parts of SARIF 2.1.0 that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string       `json:"id"`
		About   sarifText    `json:"shortDescription"`
		Default sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// WriteSARIF writes findings as a SARIF 2.1.0 log. Paths are relative to the source root.
func WriteSARIF(w io.Writer, version string, findings []client.Finding) error {
	driver := sarifDriver{Name: "behavepro", Version: version, Rules: []sarifRule{}}
	index := map[string]int{}
	for i, r := range Rules {
		driver.Rules = append(driver.Rules, sarifRule{r.ID, sarifText{r.About}, sarifDefault{r.Level}})
		index[r.ID] = i
	}
	run := sarifRun{Tool: sarifTool{driver}, Results: []sarifResult{}}
	for i := range findings {
		f := &findings[i]
		at := sarifPhysical{sarifArtifact{uriOf(f.Path), "%SRCROOT%"}, sarifRegion{max(f.Line, 1)}}
		run.Results = append(run.Results, sarifResult{f.Rule, index[f.Rule], f.Level, sarifText{f.Message}, []sarifLocation{{at}}})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

// uriOf is a path as a relative reference.
func uriOf(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	uri := strings.Join(parts, "/")
	if first, _, _ := strings.Cut(uri, "/"); strings.Contains(first, ":") {
		uri = "./" + uri // else its first part would be a scheme
	}
	return uri
}
