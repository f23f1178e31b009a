package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzJSON compares the scanner with encoding/json: texts are read alike, and what is valid is skipped whole.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`["a\u00e9\ud83d\ude00\ud800x\\\"", {"k": [1, -2.5e3, true, null]}]`))
	f.Add([]byte(`[""," ","\/\b\f\n\r\t","\udc00\ud800\ud800"]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		for _, in := range []*input{newInput(bytes.NewReader(text)), newInput(iotest.OneByteReader(bytes.NewReader(text)))} {
			s := newJSONScanner(in)
			if err := s.skip(); err != nil {
				t.Fatalf("skip %q: %v", text, err)
			}
			if c, ok := s.value(); ok {
				t.Fatalf("skip %q left %q", text, c)
			}
		}
		var want []string
		if !utf8.Valid(text) || bytes.Contains(text, []byte("null")) || json.Unmarshal(text, &want) != nil {
			return
		}
		got := []string{}
		s := newJSONScanner(newInput(iotest.HalfReader(bytes.NewReader(text))))
		err := s.array(func() error {
			one, _, err := s.str(1 << 20)
			got = append(got, one)
			return err
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q (%v)", text, got, want, err)
		}
	})
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"features/a.feature":                           "features/a.feature",
		"menu.feature":                                 "menu.feature",
		"classpath:a/b.feature":                        "a/b.feature",
		`classpath:a\b.feature`:                        "a/b.feature",
		"file:src/test/resources/a%20b.feature":        "src/test/resources/a b.feature",
		"file:///home/u/proj/../../features/a.feature": "home/features/a.feature",
		"file:///C:/workspace/features/a.feature":      "workspace/features/a.feature",
		`C:\work\features\a.feature`:                   "work/features/a.feature",
		"/github/radish/tests/a.feature":               "github/radish/tests/a.feature",
		`..\features\login.feature`:                    "features/login.feature",
		"target/test-classes/examples/a.feature":       "examples/a.feature",
		"/ci/app/build/resources/test/a/b.feature":     "a/b.feature",
		`Proj\bin\Debug\net8.0\Features\A.feature`:     "Features/A.feature",
		"[project one]:features-one/sample.feature":    "features-one/sample.feature",
		"features/a.feature:12":                        "features/a.feature",
		"features/a.feature:12:3":                      "features/a.feature",
		"\ufefffeatures/100%.feature":                  "features/100%.feature",
		"file:features/100%.feature":                   "features/100%.feature",
		"./features//a.feature":                        "features/a.feature",
		"sub dir/with space.feature":                   "sub dir/with space.feature",
		"":                                             "",
		"..":                                           "..",
		"classpath:":                                   "",
		"file://server/share/features/a.feature":       "share/features/a.feature",
	} {
		if got := NormaliseURI(uri); got != want {
			t.Errorf("normalise(%q): got %q, want %q", uri, got, want)
		}
	}
}
