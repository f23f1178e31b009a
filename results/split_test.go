package results_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/results/report"
)

// split gives a report without attachments, and what was split off by hash.
func split(t *testing.T, body string) (without string, off map[string]string) {
	t.Helper()
	off = map[string]string{}
	r := report.Split(strings.NewReader(body), func(h behavepro.Hash, body []byte) error {
		off[h.String()] = string(body)
		return nil
	})
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), off
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func base(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestSplitTakesContentOut(t *testing.T) {
	t.Parallel()
	const shot = "\x89PNG\r\n\x1a\nscreenshot"
	name := func(text string) string { return fmt.Sprintf("behavepro:%s:%d", hash(text), len(text)) }
	for what, c := range map[string]struct{ in, want, off string }{
		"Cucumber JSON": {
			`[{"elements":[{"steps":[{"embeddings":[{"data":"` + base(shot) + `","mime_type":"image/png"}]}]}]}]`,
			`[{"elements":[{"steps":[{"embeddings":[{"mime_type":"image/png","data":"` + name(shot) + `"}]}]}]}]`, shot,
		},
		"messages": {
			`{"source":{"data":"Feature: A"}}` + "\n" + `{"attachment":{"body":"` + base(shot) + `","contentEncoding":"BASE64","testCaseStartedId":"1"}}` + "\n",
			`{"source":{"data":"Feature: A"}}` + "\n" + `{"attachment":{"contentEncoding":"BASE64","testCaseStartedId":"1","body":"` + name(shot) + `"}}` + "\n", shot,
		},
		"a log, which may look like base64": {
			`{"attachment":{"body":"pass","contentEncoding":"IDENTITY","mediaType":"text/x.cucumber.log+plain"}}`,
			`{"attachment":{"contentEncoding":"IDENTITY","mediaType":"text/x.cucumber.log+plain","body":"` + name("pass") + `"}}`, "pass",
		},
		"a text in base64":      {`[{"embeddings":[{"mime_type":"text/plain","data":"` + base("höhe\n") + `"}]}]`, `[{"embeddings":[{"mime_type":"text/plain","data":"` + name("höhe\n") + `"}]}]`, "höhe\n"},
		"a text as it is":       {`[{"embeddings":[{"mime_type":"text/plain","data":"a \"b\"\nc"}]}]`, `[{"embeddings":[{"mime_type":"text/plain","data":"` + name("a \"b\"\nc") + `"}]}]`, "a \"b\"\nc"},
		"escaped base64":        {`[{"embeddings":[{"data":"` + strings.ReplaceAll(base("\xff\xff\xff\xfe"), "/", `\/`) + `"}]}]`, `[{"embeddings":[{"data":"` + name("\xff\xff\xff\xfe") + `"}]}]`, "\xff\xff\xff\xfe"},
		"what is no base64":     {`[{"embeddings":[{"data":"***","mime_type":"image/png"}]}]`, `[{"embeddings":[{"mime_type":"image/png","data":"behavepro:unreadable"}]}]`, ""},
		"what was split before": {`[{"embeddings":[{"data":"` + name(shot) + `"}]}]`, `[{"embeddings":[{"data":"` + name(shot) + `"}]}]`, ""},
		"data elsewhere":        {`[{"data":"` + base(shot) + `","x":{"data":"QUJD"}}]`, `[{"data":"` + base(shot) + `","x":{"data":"QUJD"}}]`, ""},
		"no content":            {`[{"embeddings":[{"mime_type":"x"},{},7,"y"]}]`, `[{"embeddings":[{"mime_type":"x"},{},7,"y"]}]`, ""},
		"XML":                   {`<testsuite name="{">`, `<testsuite name="{">`, ""},
		"cut off in content":    {`[{"embeddings":[{"mime_type":"a","data":"QUJD`, `[{"embeddings":[{"mime_type":"a"`, ""},
		"broken":                {`[{"embeddings":[{]}],"x":[1,{"embeddings":[{"data":"QUJD"}]}]`, `[{"embeddings":[{]}],"x":[1,{"embeddings":[{"data":"` + name("ABC") + `"}]}]`, "ABC"},
		"a broken line before":  {`{"meta":{"x":` + "\n" + `{"attachment":{"body":"QUJD","contentEncoding":"BASE64"}}`, `{"meta":{"x":` + "\n" + `{"attachment":{"contentEncoding":"BASE64","body":"` + name("ABC") + `"}}`, "ABC"},
	} {
		got, off := split(t, c.in)
		want := map[string]string{}
		if c.off != "" {
			want[hash(c.off)] = c.off
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", what, diff)
		}
		if diff := cmp.Diff(want, off); diff != "" {
			t.Errorf("%s: split off (-want +got)\n%s", what, diff)
		}
	}
}

func TestAttachmentsOfResults(t *testing.T) {
	t.Parallel()
	for what, body := range map[string]string{
		"Cucumber JSON": `[{"uri":"a.feature","elements":[{"type":"scenario","name":"One","steps":[{"result":{"status":"failed"},"embeddings":[{"data":"QUJD","name":"shot","mime_type":"image/png"}]}],` +
			`"after":[{"embeddings":[{"data":"***","mime_type":"image/png"}],"result":{"status":"passed"}}]}]}]`,
		"messages": `{"testCaseStarted":{"id":"1"}}` + "\n" + `{"attachment":{"testCaseStartedId":"1","body":"QUJD","contentEncoding":"BASE64","fileName":"shot"}}` + "\n" +
			`{"attachment":{"testCaseStartedId":"1","body":"***","contentEncoding":"BASE64"}}` + "\n" + `{"testCaseFinished":{"testCaseStartedId":"1"}}`,
	} {
		var got []report.Reported
		r := report.Split(strings.NewReader(body), nil)
		sum, err := report.Read(context.Background(), "r", r, func(one report.Reported) error { got = append(got, one); return nil })
		if err := errors.Join(err, r.Close()); err != nil || len(got) != 1 || sum.Unreadable != "" {
			t.Fatalf("%s: %v %+v", what, err, sum)
		}
		if a := got[0].Attachments; len(a) != 1 || a[0].Hash.String() != hash("ABC") || a[0].Size != 3 || a[0].Name != "shot" || got[0].Dropped != 1 {
			t.Errorf("%s: got %+v, %d dropped", what, a, got[0].Dropped)
		}
		if len(sum.Notes) == 0 || !strings.Contains(strings.Join(sum.Notes, "\n"), "not what they say") {
			t.Errorf("%s: what could not be read is not told: %q", what, sum.Notes)
		}
	}
}

// TestSplitOfGzip: a gzipped report gives up its attachments as a plain one does; what is broken in it is still told by who reads it.
func TestSplitOfGzip(t *testing.T) {
	t.Parallel()
	const one = `{"type":"scenario","name":"One","steps":[{"result":{"status":"failed"},"embeddings":[{"data":"QUJD","name":"shot","mime_type":"image/png"}]}]}`
	body := `[{"uri":"a.feature","elements":[` + one + strings.Repeat(`,{"type":"scenario","name":"Two","steps":[{"result":{"status":"passed"}}]}`, 10_000) + `]}]`
	packed := gzipped(t, body)
	for what, c := range map[string]struct {
		in         string
		fewest     int
		unreadable string
	}{
		"whole": {packed, 10_001, ""}, "in two parts": {gzipped(t, body[:700]) + gzipped(t, body[700:]), 10_001, ""},
		"cut off": {packed[:len(packed)-300], 1, "gzip stream is cut off or broken"}, "broken at its end": {packed[:len(packed)-8] + "12345678", 10_001, "gzip stream is cut off or broken"},
		"of no JSON": {gzipped(t, `<testsuite><testcase name="One"/></testsuite>`), 1, ""}, "half": {packed[:8], 0, "gzip stream is cut off or broken"},
	} {
		without, off := split(t, c.in)
		n := 0
		sum, err := report.Read(t.Context(), "r", strings.NewReader(without), func(one report.Reported) error {
			if n++; one.Name == "One" && len(off) > 0 && (len(one.Attachments) != 1 || one.Attachments[0].Hash.String() != hash("ABC")) {
				t.Errorf("%s: the attachment is %+v", what, one.Attachments)
			}
			return nil
		})
		if err != nil || n < c.fewest || !strings.Contains(sum.Unreadable, c.unreadable) || (c.unreadable == "") != (sum.Unreadable == "") {
			t.Errorf("%s: %d results, unreadable %q, %v", what, n, sum.Unreadable, err)
		}
		if wants := n > 1; (off[hash("ABC")] == "ABC") != wants {
			t.Errorf("%s: split off %q", what, off)
		}
	}
}

// screenshots is a report of a size that is mostly screenshots, each another.
func screenshots(size int) io.Reader {
	const each = 1 << 20
	parts := []io.Reader{strings.NewReader(`[{"uri":"a.feature","name":"A","elements":[`)}
	for n := range size / each {
		comma := ","
		if n == 0 {
			comma = ""
		}
		parts = append(parts, strings.NewReader(fmt.Sprintf(`%s{"type":"scenario","name":"S%d","steps":[{"name":"x","result":{"status":"passed"},"embeddings":[{"data":"%s`, comma, n, base(fmt.Sprintf("%09d", n)))),
			&endless{each, 'A'}, strings.NewReader(`","mime_type":"image/png"}]}]}`))
	}
	return io.MultiReader(append(parts, strings.NewReader(`]}]`))...)
}

// TestSplitHoldsLittle reads a large report with screenshots; how large it is changes nothing of what is held.
func TestSplitHoldsLittle(t *testing.T) {
	const size = 64 << 20
	var most uint64
	off, n := map[behavepro.Hash]bool{}, 0
	r := report.Split(screenshots(size), func(h behavepro.Hash, _ []byte) error {
		off[h] = true
		if n++; n%8 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		return nil
	})
	defer r.Close()
	sum, err := report.Read(context.Background(), "r", r, func(report.Reported) error { return nil })
	if err != nil || sum.Unreadable != "" || sum.Results != size>>20 || len(off) != size>>20 {
		t.Fatalf("read: %v, %+v, %d attachments", err, sum, len(off))
	}
	if most > 16<<20 {
		t.Errorf("%d MB were held for a report of %d MB", most>>20, size>>20)
	}
}

func TestTooLargeAttachmentsAreLeftOut(t *testing.T) {
	t.Parallel()
	body := io.MultiReader(strings.NewReader(`[{"embeddings":[{"data":"`), &endless{40 << 20, 'A'}, strings.NewReader(`","name":"video"}]}]`))
	r := report.Split(body, func(behavepro.Hash, []byte) error { return errors.New("it was handed out") })
	defer r.Close()
	got, err := io.ReadAll(r)
	if want := `[{"embeddings":[{"name":"video","data":"behavepro:too-large"}]}]`; err != nil || string(got) != want {
		t.Errorf("got %.200s, %v, want %s", got, err, want)
	}
}

// FuzzSplit: splitting twice gives what splitting once gave, and never fails or hangs.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`[{"embeddings":[{"data":"QUJD","mime_type":"image/png","media":{"type":"x"}}]}]`))
	f.Add([]byte(`{"attachment":{"body":"QUJD","contentEncoding":"BASE64"}}` + "\n" + `{"attachment":{"body":"\u0041\\\"","contentEncoding":"IDENTITY"}}`))
	f.Add([]byte(`[{"embeddings":[{"data":"QUJD\\`))
	f.Add([]byte(gzipped(f, `[{"embeddings":[{"data":"QUJD"}]}]`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		once, err := io.ReadAll(report.Split(bytes.NewReader(body), nil))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := io.ReadAll(report.Split(bytes.NewReader(once), func(behavepro.Hash, []byte) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		if len(twice) > len(once)+len(body)+1000 {
			t.Errorf("%d bytes became %d, then %d", len(body), len(once), len(twice))
		}
	})
}
