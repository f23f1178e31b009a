package report

import (
	"path"
	"strings"

	"github.com/behavepro/behavepro/catalog/model"
)

// splitStack parts what a report tells of a failure into its message and where in the code it was, and bounds both.
func (r *Reported) splitStack() {
	if r.Stack == "" {
		at := stackStart(r.Message)
		r.Message, r.Stack = strings.TrimRight(r.Message[:at], " \t\r\n"), strings.TrimRight(r.Message[at:], " \t\r\n")
	}
	message, cut := clip([]byte(r.Message), maxMessage)
	r.Message, r.Cut = string(message), r.Cut && r.Stack == "" || cut
	stack, _ := clip([]byte(r.Stack), maxStack)
	r.Stack = string(stack)
}

// stackStart is where the first line stands that tells of code; the length of the text where none does. The first line is always
// the message's, but for Python's, which says the message last.
func stackStart(text string) int {
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n') + 1
		if end == 0 {
			end = len(text) - at
		}
		if at > 0 && isFrame(text[at:at+end]) {
			return at
		}
		at += end
	}
	return len(text)
}

// isFrame reports whether a line is one of a stack: of Java, JavaScript and .NET "at …", Ruby's "./a.rb:12:in …", Go's and
// others' "file:line".
func isFrame(line string) bool {
	trimmed := strings.TrimSpace(line)
	indented := len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
	switch {
	case indented && strings.HasPrefix(trimmed, "at "):
		return strings.ContainsAny(trimmed, ".:(/")
	case indented && strings.HasPrefix(trimmed, "... ") && strings.HasSuffix(trimmed, " more"):
		return true
	case strings.HasPrefix(trimmed, "goroutine ") && strings.HasSuffix(trimmed, ":"):
		return true
	}
	file, rest, ok := strings.Cut(trimmed, ":")
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' || strings.ContainsAny(file, " \t") {
		return false
	}
	digits := strings.TrimLeft(rest, "0123456789")
	return path.Ext(file) != "" && (digits == "" || digits[0] == ':' || digits[0] == ' ') &&
		(strings.Contains(file, "/") || strings.HasPrefix(digits, ":in "))
}

// attach adds an attachment that was split off to those of a result; false where there is nothing to keep.
func (rd *reading) attach(to *[]model.AttachmentRef, content, name string) bool {
	ref, why := reference(content)
	switch {
	case why != "":
		rd.lost(why)
		return false
	case ref.Hash.IsZero():
		return false
	case len(*to) == maxAttached:
		rd.lost(tooMany)
		return false
	}
	ref.Name = name
	*to = append(*to, ref)
	return true
}

// tooMany is why attachments of a result with very many are left out.
const tooMany = "too-many"

// lost notes why an attachment is left out.
func (rd *reading) lost(why string) {
	switch why {
	case tooLarge:
		rd.note("attachments of more than " + sizeText(model.MaxAttachment) + " were left out")
	case tooMany:
		rd.note("of a result's attachments those after the first 50 were left out")
	default:
		rd.note("attachments that are not what they say they are could not be read and were left out")
	}
}
