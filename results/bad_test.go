package results_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// everyReport is a good report of each format, without a byte order mark.
func everyReport(t testing.TB) map[string]string {
	all := map[string]string{
		"cucumber.json": `[{"elements":[` +
			`{"id":"Eating in the shop;It goes down well","keyword":"Scenario","line":6,"name":"It goes down well","steps":[{"keyword":"Given ","line":7,"name":"a step","result":{"duration":1000,"status":"passed"}}],"type":"scenario"},` +
			`{"id":"Eating in the shop;It is off","keyword":"Scenario","line":9,"name":"It is off","steps":[{"keyword":"Given ","line":10,"name":"a step","result":{"duration":1000,"error_message":"It is off broke","status":"failed"}}],"type":"scenario"}` +
			`],"id":"Eating in the shop","keyword":"Feature","line":1,"name":"Eating in the shop","uri":"Features/Shop/Eating.feature"}]`,
		"messages.ndjson": stream + streamEnd,
		"junit.xml":       `<testsuite name="S"><testcase classname="Eating in the shop" name="It goes down well" time="1.5"/><testcase classname="Eating in the shop" name="It is off" time="1.5"><failure message="m"/></testcase></testsuite>`,
	}
	for name := range ownReports {
		all[name] = strings.TrimPrefix(string(ownReport(t, name)), "\ufeff")
	}
	return all
}

func isXML(text string) bool { return strings.HasPrefix(text, "<") }

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBadInput gives every reader what reports may suffer: what can be read counts, and what is wrong is told with its place.
func TestBadInput(t *testing.T) {
	t.Parallel()
	sick := strings.NewReplacer("00:00:01.5000000", "-99999999:00:00", "1.500", "-1e300", "1.5", "1e300", "1500.0", "-1500.0", "1500", "999999999999999999999",
		`"line": 6`, `"line": -6`, `"line":6`, `"line":1e30`, "1767603600000", "-1767603600000", "2026-01-05", "9999-99-99")
	for name, good := range everyReport(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, _ := readReport(t, "r", []byte(good))
			n := len(want)
			last := strings.LastIndex(good, "}")
			deep, laughs := "", ""
			if last >= 0 {
				deep = good[:last] + `,"x":` + strings.Repeat("[", 10_000)
			}
			if isXML(good) {
				root := strings.Index(good, "<"+rootOf(good))
				end := root + strings.Index(good[root:], ">") + 1
				deep = good[:end] + strings.Repeat("<a>", 10_000)
				laughs = good[:root] + `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>` + good[root:]
			}
			zipped := gzipped(t, good)
			for _, c := range []struct {
				what, report string
				least, most  int
				says         string
			}{
				{"with a BOM", "\ufeff" + good, n, n, ""},
				{"twice", good + "\n" + good, 2 * n, 2 * n, ""},
				{"gzipped", zipped, n, n, ""},
				{"gzipped, in two parts", gzipped(t, good[:len(good)/2]) + gzipped(t, good[len(good)/2:]), n, n, ""},
				{"gzipped and cut off", zipped[:len(zipped)-20], 0, n, "gzip stream is cut off or broken"},
				{"gzipped and broken", zipped[:len(zipped)/2] + strings.Repeat("\xff", 40) + zipped[len(zipped)/2:], 0, n, "*"},
				{"with absurd numbers", sick.Replace(good), n, n, ""},
				{"with control characters", strings.ReplaceAll(good, "It goes", "It \x01\x1b[31m\x00goes"), n, n, ""},
				{"with broken UTF-8", strings.ReplaceAll(good, "It goes", "It \xff\xc0goes"), n, n, ""},
				{"nested too deep", deep, 0, n, "nested deeper than 512 levels"},
				{"with entities of its own", laughs, 0, 0, "declares its own entities"},
				{"with binary after it", good + "\n\x00\x01\x02\xff", n, n, "?"},
			} {
				if c.report == "" || name == "messages.ndjson" && strings.HasPrefix(c.what, "nested") { // which skips the line and reads on
					continue
				}
				got, sum := readReport(t, "r", []byte(c.report))
				if len(got) < c.least || len(got) > c.most {
					t.Errorf("%s: %d results, want %d to %d (%s)", c.what, len(got), c.least, c.most, sum.Unreadable)
				}
				told := strings.Contains(sum.Unreadable, c.says) || c.says == "*" // something
				if c.says != "?" && (!told || (c.says == "") != (sum.Unreadable == "")) {
					t.Errorf("%s: unreadable %q, want %q", c.what, sum.Unreadable, c.says)
				}
				for _, r := range got {
					if r.Duration < 0 || r.Duration > 366*24*time.Hour || r.Line < 0 {
						t.Errorf("%s: %q took %v at line %d", c.what, r.Name, r.Duration, r.Line)
					}
				}
			}
			checkSameInUTF16(t, good, want)
			checkSameByteByByte(t, good, want)
		})
	}
}

func rootOf(text string) string {
	for _, root := range []string{"TestRun", "test-run", "test-results", "assemblies", "assembly", "testsuite"} {
		if strings.Contains(text, "<"+root) {
			return root
		}
	}
	return ""
}

// TestNoReport: what is no report at all is said to be none.
func TestNoReport(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ report, says string }{
		"empty":           {"", "the file is empty"},
		"white space":     {" \n\t ", "the file is empty"},
		"binary":          {"\x7fELF\x02\x01\x01\x00", "the format is not recognised"},
		"a zip":           {"PK\x03\x04\x14\x00", "it is a zip archive"},
		"gzip in gzip":    {gzipped(t, gzipped(t, "[]")), "the format is not recognised"},
		"gzip of nothing": {gzipped(t, ""), "the file is empty"},
		"half a gzip":     {gzipped(t, "[]")[:8], "gzip stream is cut off or broken"},
	} {
		got, sum := readReport(t, "r", []byte(c.report))
		if len(got) != 0 || !strings.Contains(sum.Unreadable, c.says) {
			t.Errorf("%s: %d results, unreadable %q, want %q", what, len(got), sum.Unreadable, c.says)
		}
	}
}

// TestBoundOfInflation: a gzipped report is read up to a bound, which is told.
func TestBoundOfInflation(t *testing.T) {
	t.Parallel()
	one := `<testsuite><testcase name="One"/>`
	bomb := gzipped(t, one+strings.Repeat(" ", 1<<20)+`<testcase name="Two"/></testsuite>`)
	read := 0
	sum, err := report.Bounds{Inflated: 4 << 10}.ReadAs(t.Context(), "", "r", strings.NewReader(bomb), func(report.Reported) error { read++; return nil })
	if !errors.Is(err, behavepro.ErrLimit) || !strings.Contains(err.Error(), "more than 4096 bytes of one report, inflated") || read != 1 || sum.Results != 1 {
		t.Errorf("%d results, %v", read, err)
	}
}
