package connect

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// factsDir holds vectors that others made, where they are at hand.
func factsDir() string {
	if dir := os.Getenv("BEHAVEPRO_JIRA_FACTS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared", "facts", "jira-data")
}

// readVectors reads a file of testdata and, where it is there, the file of the same name among the facts.
func readVectors[T any](t testing.TB, name string) []T {
	t.Helper()
	var all []T
	for i, path := range []string{filepath.Join("testdata", name), filepath.Join(factsDir(), name)} {
		text, err := os.ReadFile(path)
		if i > 0 && os.IsNotExist(err) {
			continue
		}
		var one T
		if err == nil {
			err = json.Unmarshal(text, &one)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

type qshVectors struct {
	Vectors []struct {
		Name, Method, Target, Canonical, QSH string
		BaseURL                              string `json:"base_url"`
		FormBody                             string `json:"form_body"`
		CheckBody                            bool   `json:"check_body"`
	}
}

func TestCanonicalRequest(t *testing.T) {
	t.Parallel()
	for _, file := range readVectors[qshVectors](t, "qsh-vectors.json") {
		if len(file.Vectors) < 20 {
			t.Fatalf("only %d vectors", len(file.Vectors))
		}
		for _, v := range file.Vectors {
			u, err := url.Parse(v.Target)
			if err != nil {
				t.Fatal(err)
			}
			base, err := url.Parse(v.BaseURL)
			if err != nil {
				t.Fatal(err)
			}
			if v.CheckBody {
				u.RawQuery = v.FormBody
			}
			if got := CanonicalRequest(v.Method, u, base.Path); got != v.Canonical {
				t.Errorf("%s\n got %s\nwant %s", v.Name, got, v.Canonical)
			}
			if got := QueryStringHash(v.Method, u, base.Path); v.QSH != "" && got != v.QSH {
				t.Errorf("%s: got hash %s, want %s", v.Name, got, v.QSH)
			}
		}
	}
}

func FuzzCanonicalRequest(f *testing.F) {
	for _, seed := range []string{"/a?b=c", "/a;b&c/?x=%zz&x=;&y", "/%2F/?a=1&a=+&jwt=x", "/?\U0001F600=1&\uff5e=2", "?a&b=foo&c", "/a//?=v"} {
		f.Add(seed, "/a")
	}
	f.Fuzz(func(t *testing.T, target, base string) {
		u, err := url.Parse(target)
		if err != nil || u.Opaque != "" {
			return
		}
		got := CanonicalRequest("get", u, base)
		parts := strings.SplitN(got, "&", 3)
		if len(parts) != 3 || parts[0] != "GET" || !strings.HasPrefix(parts[1], "/") {
			t.Fatalf("%q becomes %q", target, got)
		}
		again, err := url.Parse("/?" + strings.ReplaceAll(parts[2], ",", "%2C"))
		if err != nil {
			t.Fatalf("query %q of %q is no query", parts[2], target)
		}
		for name := range parameters(again.RawQuery) {
			if name == "jwt" {
				t.Fatalf("%q keeps the token: %q", target, got)
			}
		}
		signed := *u
		signed.RawQuery = strings.TrimPrefix(u.RawQuery+"&jwt=x.y.z", "&")
		if with := CanonicalRequest("GET", &signed, base); with != got {
			t.Fatalf("the token changes the request: %q, %q", got, with)
		}
	})
}
