package model

import (
	"bytes"
	"unicode/utf8"

	"github.com/behavepro/behavepro"
)

// MaxAttachment is the most bytes of an attachment. A larger one is left out, never its result.
const MaxAttachment = 10 << 20

// AttachmentRef is an attachment as a result names it.
type AttachmentRef struct {
	Hash behavepro.Hash `cbor:"1,keyasint"`
	Size int            `cbor:"2,keyasint,omitempty"`
	Name string         `cbor:"3,keyasint,omitempty"` // a file's name, or what the runner called it

	// Of what is told of a result: whether the content is here, and is an image.
	Stored bool `cbor:"-"`
	Image  bool `cbor:"-"`
}

// Types of attachments, all that there are.
const (
	TypePNG    = "image/png"
	TypeJPEG   = "image/jpeg"
	TypeGIF    = "image/gif"
	TypeWebP   = "image/webp"
	TypeText   = "text/plain; charset=utf-8"
	TypeBinary = "application/octet-stream"
)

// TypeOf returns the type that the bytes alone show: what a report says of them decides nothing.
func TypeOf(body []byte) string {
	switch {
	case bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")):
		return TypePNG
	case bytes.HasPrefix(body, []byte("\xff\xd8\xff")):
		return TypeJPEG
	case bytes.HasPrefix(body, []byte("GIF87a")), bytes.HasPrefix(body, []byte("GIF89a")):
		return TypeGIF
	case len(body) > 12 && bytes.HasPrefix(body, []byte("RIFF")) && bytes.Equal(body[8:12], []byte("WEBP")):
		return TypeWebP
	case utf8.Valid(body) && !bytes.Contains(body, []byte{0}):
		return TypeText
	}
	return TypeBinary
}

// IsText reports whether content is text, which masking applies to.
func IsText(body []byte) bool { return TypeOf(body) == TypeText }
