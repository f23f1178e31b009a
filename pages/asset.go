package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
)

//go:embed assets/pages.css assets/pages.js assets/icon.svg
var assetFiles embed.FS

var types = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// assets are style, script and icon under names that hold a hash of their content, so that they may be kept for good.
type assets struct {
	names map[string]string // as written → as served
	files map[string][]byte // as served → content
}

func newAssets() *assets {
	a := &assets{names: map[string]string{}, files: map[string][]byte{}}
	for _, name := range []string{"pages.css", "pages.js", "icon.svg"} {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it is part of the program
		}
		sum := sha256.Sum256(content)
		base, ext, _ := strings.Cut(name, ".")
		served := base + "." + hex.EncodeToString(sum[:6]) + "." + ext
		a.names[name], a.files[served] = served, content
	}
	return a
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, ok := a.files[name]
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "There is no such file: reload the page.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(content) // a visitor who went away misses it
}
