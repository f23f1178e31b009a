package pages

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
)

// extensions of the types that attachments have.
var extensions = map[string]string{
	model.TypePNG: ".png", model.TypeJPEG: ".jpg", model.TypeGIF: ".gif", model.TypeWebP: ".webp", model.TypeText: ".txt",
	model.TypeBinary: ".bin",
}

// attachment gives an attachment's content: an image to be shown, anything else to be downloaded. Its type is what its bytes say,
// and its name is ours: nothing of what a report says of it gets into a header.
func (p *Pages) attachment(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	var hash behavepro.Hash
	gone := behavepro.Explain(
		behavepro.ErrNotFound,
		"This attachment is not here.",
		"It may have been too old to be kept, or its upload broke off.",
	)
	if hash.UnmarshalText([]byte(v.R.PathValue("hash"))) != nil {
		return gone
	}
	known, body, err := v.Catalog.Attachment(v.ctx(), r.ID, hash)
	if errors.Is(err, behavepro.ErrNotFound) {
		return gone
	}
	if err != nil {
		return err
	}
	disposition := "attachment"
	if known.IsImage() {
		disposition = "inline"
	}
	h := v.W.Header()
	h.Set("Content-Type", known.Type)
	h.Set("Content-Disposition", disposition+`; filename="`+hash.String()[:12]+extensions[known.Type]+`"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, max-age=3600")
	if v.R.Method != http.MethodHead {
		_, _ = v.W.Write(body) // a visitor who went away misses it
	}
	return nil
}
