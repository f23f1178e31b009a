package connect

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// CanonicalRequest is the form of a request that a query string hash is made of: METHOD&path&query. The path is taken as it was
// sent, without basePath, which is cut off as a plain string; the query is decoded, sorted and encoded again, without the
// parameter jwt. Host and fragment do not count. https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
func CanonicalRequest(method string, u *url.URL, basePath string) string {
	return canonical(method, u.EscapedPath(), u.RawQuery, basePath)
}

// QueryStringHash is the SHA-256 of the CanonicalRequest, in lower-case hexadecimal.
func QueryStringHash(method string, u *url.URL, basePath string) string {
	return hashText(CanonicalRequest(method, u, basePath))
}

// bodyHash is the hash of a request whose parameters went into its form body; "" where a body cannot take their place.
func bodyHash(r *http.Request, body []byte, basePath string) string {
	if r.Method != http.MethodPost && r.Method != http.MethodPut || r.URL.RawQuery != "" || !isForm(r) {
		return ""
	}
	return hashText(canonical(r.Method, r.URL.EscapedPath(), string(body), basePath))
}

func canonical(method, path, query, basePath string) string {
	return strings.ToUpper(method) + "&" + canonicalPath(path, basePath) + "&" + canonicalQuery(query)
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func canonicalPath(path, basePath string) string {
	path = strings.TrimPrefix(path, basePath)
	if path == "" {
		return "/"
	}
	path = strings.ReplaceAll(path, "&", "%26")
	if path[0] != '/' {
		path = "/" + path
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

func canonicalQuery(raw string) string {
	values := map[string][]string{}
	for name, value := range parameters(raw) {
		if name != "jwt" {
			values[name] = append(values[name], value)
		}
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.SortFunc(names, compareUTF16)
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(encode(name))
		b.WriteByte('=')
		list := values[name]
		slices.SortFunc(list, compareUTF16)
		for j, value := range list {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(encode(value))
		}
	}
	return b.String()
}

// parameters reads a query in its order. Only & separates, and a % that begins no escape stands for itself: net/url refuses
// a raw ; and drops what it cannot decode, but whoever signed the request hashed these too.
func parameters(raw string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(raw, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(decode(name), decode(value)) {
				return
			}
		}
	}
}

func decode(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '+':
			out = append(out, ' ')
		case text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		default:
			out = append(out, text[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// encode escapes all but the unreserved characters of RFC 3986.
func encode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// compareUTF16 orders texts as the reference library does. It differs from the order of bytes above U+FFFF only. Texts that are no
// UTF-8 keep an order, too.
func compareUTF16(a, b string) int {
	if isASCII(a) || isASCII(b) {
		return cmp.Compare(a, b)
	}
	return cmp.Or(slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))), cmp.Compare(a, b))
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
}
