package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

func parseTemplates() *template.Template {
	return template.Must(template.New("pages").Funcs(words).Funcs(drawings).ParseFS(templateFiles, "templates/*.html"))
}

// frame is what all pages share.
type frame struct {
	Title   string
	Site    links
	Style   string
	Script  string
	Icon    string
	Host    *Host // nil: the page stands alone
	Wide    bool
	Refresh int    // seconds after which the page looks again; 0 is never
	Key     string // an issue key that was typed
	Now     time.Time
}

// Front, Search and List are the addresses of the header.
func (f *frame) Front() string { return f.Site.home() }

// Search is where a typed issue key goes.
func (f *frame) Search() string { return f.Site.issues() }

// List is the list of repositories.
func (f *frame) List() string { return f.Site.repositories() }

// Settings is where repositories and tokens are managed.
func (f *frame) Settings() string { return f.Site.settings("") }

func (p *Pages) frame(now time.Time, title string) frame {
	return frame{
		Title: title, Site: p.link, Host: p.host, Now: now,
		Style: p.link.asset(p.assets.names["pages.css"]), Script: p.link.asset(p.assets.names["pages.js"]),
		Icon: p.link.asset(p.assets.names["icon.svg"]),
	}
}

// sheets are what pages are written into, to be used again.
var sheets = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render answers with a page, or with 304 where the visitor has it.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	b := sheets.Get().(*bytes.Buffer)
	defer sheets.Put(b)
	b.Reset()
	if err := p.templates.ExecuteTemplate(b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	body := visible(b.Bytes())
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/html; charset=utf-8")
	byDefault(h, "Referrer-Policy", "no-referrer")
	byDefault(h, "Cache-Control", "private, no-cache")
	if status == http.StatusOK && h.Get("Cache-Control") != "no-store" {
		sum := sha256.Sum256(body)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a visitor who went away misses it
	return nil
}

// byDefault sets a header that the page has not set.
func byDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}
