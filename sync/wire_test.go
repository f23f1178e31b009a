package sync

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/gittest"
	"github.com/behavepro/behavepro/sync/pack"
)

// wire stands before a real server with an earlier and a later state. It remembers the server's answers, and spoils them when a
// test says so.
type wire struct {
	url, host string
	states    [2]http.Handler

	mu      gosync.Mutex
	state   int
	answers map[string]answer
	count   int // answers since begin
	sizes   []int
	spoil   func(n int, a answer, w http.ResponseWriter) (done bool) // may be nil
}

type answer struct {
	post   bool
	header http.Header
	body   []byte
}

func newWire(t *testing.T, mode gittest.Mode, earlier, later *gittest.Repo) *wire {
	t.Helper()
	w := &wire{answers: map[string]answer{}}
	for i, r := range []*gittest.Repo{earlier, later} {
		w.url = gittest.ServeWith(t, r.Dir, mode, func(next http.Handler) http.Handler {
			w.states[i] = next
			return w
		})
	}
	w.host = strings.Split(w.url, "/")[2]
	return w
}

// begin lets the server be in a state and spoils its answers from now on.
func (w *wire) begin(state int, spoil func(n int, a answer, w http.ResponseWriter) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.spoil, w.count, w.sizes = state, spoil, 0, nil
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	key := fmt.Sprint(w.state, r.Method, r.URL, string(body))
	a, ok := w.answers[key]
	if !ok {
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		w.states[w.state].ServeHTTP(rec, r)
		a = answer{r.Method == http.MethodPost, rec.Header(), rec.Body.Bytes()}
		w.answers[key] = a
	}
	n := w.count
	w.count++
	w.sizes = append(w.sizes, len(a.body))
	if w.spoil == nil || !w.spoil(n, a, rw) {
		a.write(rw)
	}
}

func (a answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	_, _ = w.Write(a.body)
}

// reset sends the first bytes of an answer, and then the connection is reset.
func (a answer) reset(w http.ResponseWriter, at int) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", a.header.Get("Content-Type"), len(a.body))
	_, _ = conn.Write(a.body[:at])
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// cut sends the first bytes of an answer that was said to be longer.
func (a answer) cut(w http.ResponseWriter, at int) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	_, _ = w.Write(a.body[:at])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// short sends the first bytes as if they were all.
func (a answer) short(w http.ResponseWriter, at int) { a.with(a.body[:at]).write(w) }

// flip sends an answer with a changed byte.
func (a answer) flip(w http.ResponseWriter, at int) {
	body := bytes.Clone(a.body)
	body[at] ^= 0x40
	a.with(body).write(w)
}

func (a answer) with(body []byte) answer { return answer{a.post, a.header, body} }

// pack takes the pack out of an answer.
func (a answer) pack(t *testing.T) []byte {
	t.Helper()
	var out []byte
	for rest := a.body; len(rest) >= 4; {
		n, err := strconv.ParseUint(string(rest[:4]), 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if line := rest[4:n]; line[0] == 1 {
			out = append(out, line[1:]...)
		}
		rest = rest[n:]
	}
	return out
}

// withPack is an answer with another pack.
func (a answer) withPack(raw []byte) answer {
	var out bytes.Buffer
	line(&out, "NAK\n")
	for chunk := range slices.Chunk(raw, 60_000) {
		line(&out, "\x01"+string(chunk))
	}
	out.WriteString("0000")
	return a.with(out.Bytes())
}

// saying is an answer that ends in an error of the server's.
func (a answer) saying(text string) answer {
	var out bytes.Buffer
	line(&out, "NAK\n")
	line(&out, "\x03"+text)
	return a.with(out.Bytes())
}

func line(out *bytes.Buffer, text string) { fmt.Fprintf(out, "%04x%s", len(text)+4, text) }

// emptyPack is a pack of no objects.
func emptyPack() []byte {
	head := []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x00")
	sum := sha1.Sum(head)
	return append(head, sum[:]...)
}

// without packs what an answer brings, without one object; the answer is as it was where it does not hold it.
func (a answer) without(t *testing.T, from *gittest.Repo, sha behavepro.SHA) answer {
	t.Helper()
	p, err := pack.Receive(t.Context(), bytes.NewReader(a.pack(t)), &pack.Memory{}, 1<<30, 1<<20, func(int64, int64) {})
	if err != nil {
		t.Error(err)
		return a
	}
	var mu gosync.Mutex
	var list strings.Builder
	found := false
	_, err = p.Resolve(t.Context(), 1<<30, func(_ int, o pack.Object) error {
		mu.Lock()
		defer mu.Unlock()
		if o.SHA == sha {
			found = true
		} else {
			fmt.Fprintln(&list, o.SHA)
		}
		return nil
	}, pack.Commit, pack.Tree, pack.Blob, pack.Tag)
	if err != nil {
		t.Error(err)
	}
	if !found {
		return a
	}
	raw, err := from.Try(list.String(), "pack-objects", "--stdout", "-q", "--delta-base-offset")
	if err != nil {
		t.Error(err)
	}
	return a.withPack([]byte(raw))
}
