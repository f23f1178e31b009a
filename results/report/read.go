package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
)

// format is one kind of report. A new one is a file of its own and a line in formats.
type format struct {
	name string
	word string // by which it is forced
	// dotnet says that scenarios may be named by identifiers.
	dotnet bool
	// detect tells the format by the first bytes of a report, BOM and leading white space removed.
	detect func(head []byte) bool
	// read sends every result. A *malformed error means the bytes are broken; what was sent until then stays.
	read func(rd *reading) error
}

// formats in the order in which they are asked. Of one run told by several, the first of them that tells as much of the
// truth counts.
var formats = []format{
	messagesFormat, godogFormat, testExecutionFormat, behatFormat, serenityFormat, karateFormat, cucumberFormat,
	trxFormat, nunitFormat, xunitFormat, junitFormat,
}

// headSize is how much of a report detection sees.
const headSize = 8 << 10

// Formats names the formats that Read knows.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// FormatWords are the words by which a format is forced, in the order of Formats.
func FormatWords() []string {
	words := make([]string, len(formats))
	for i, f := range formats {
		words[i] = f.word
	}
	return words
}

// CheckFormat refuses a word that forces no format; "" lets the content decide.
func CheckFormat(word string) error {
	if word == "" || slices.Contains(FormatWords(), word) {
		return nil
	}
	return behavepro.Explain(
		behavepro.ErrInvalid,
		fmt.Sprintf("there is no report format %q", word),
		"use one of "+strings.Join(FormatWords(), ", "),
	)
}

// reading is one report being read.
type reading struct {
	in   *input
	emit func(Reported) error
	sum  Summary
	uris map[string]string // URI to path
	held int               // rough count of bytes that wait for what is still to be read
	kind uint8             // place of the format in formats, from 1

	definitions DefinitionSet
	Bounds
}

// hold counts bytes that cannot be sent yet.
func (rd *reading) hold(bytes int) error {
	if rd.held += bytes; rd.held > rd.Held {
		return fmt.Errorf("more than %s of one report wait for what is still to be read: %w", sizeText(rd.Held), behavepro.ErrLimit)
	}
	return nil
}

// sizeText writes a bound of bytes.
func sizeText(bytes int) string {
	if bytes >= 1<<20 && bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// Read reads one report and hands each of its results to emit, in the report's order. name is how the report is called
// in results and messages. What is broken or not recognised is told in Summary.Unreadable, with everything read so far
// kept; the error is that of emit, of ctx, or of r itself, or of kind ErrLimit when the report holds too much.
func Read(ctx context.Context, name string, r io.Reader, emit func(Reported) error) (Summary, error) {
	return ReadAs(ctx, "", name, r, emit)
}

// ReadAs is Read for a report whose format is said by one of FormatWords; "" lets the content decide.
func ReadAs(ctx context.Context, format, name string, r io.Reader, emit func(Reported) error) (Summary, error) {
	return Bounds{}.ReadAs(ctx, format, name, r, emit)
}

// Bounds of one report. 0 takes maxResults, maxHeld, MaxDefinitions and maxInflated.
type Bounds struct {
	Results     int // of the report
	Held        int // bytes that wait for what is still to be read
	Definitions int // of steps
	Inflated    int64
}

// ReadAs is the function ReadAs within bounds.
func (b Bounds) ReadAs(ctx context.Context, forced, name string, r io.Reader, emit func(Reported) error) (Summary, error) {
	if err := CheckFormat(forced); err != nil {
		return Summary{File: name}, err
	}
	b.Results, b.Held = cmp.Or(b.Results, maxResults), cmp.Or(b.Held, maxHeld)
	b.Inflated, b.Definitions = cmp.Or(b.Inflated, maxInflated), cmp.Or(b.Definitions, MaxDefinitions)
	in := newInput(readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}))
	in.inflate(b.Inflated)
	in.decode()
	rd := &reading{
		in:          in,
		emit:        emit,
		sum:         Summary{File: name},
		uris:        make(map[string]string),
		definitions: DefinitionSet{Max: b.Definitions},
		Bounds:      b,
	}
	head := trimSpace(in.head(headSize))
	err := in.failed()
	var broken *malformed
	if err == nil || len(head) > 0 && (errors.As(err, &broken) || errors.Is(err, behavepro.ErrLimit)) { // what comes before is read
		err = rd.as(forced, head)
	}
	switch {
	case errors.As(err, &broken):
		rd.broken(broken.Error())
		err = nil
	case err != nil:
		err = fmt.Errorf("read report %s: %w", name, err)
	}
	if rd.sum.Format == messagesFormat.name && (err != nil || rd.sum.Unreadable != "") {
		rd.definitions.Partial = true
	}
	rd.sum.Definitions = rd.definitions.Definitions()
	return rd.sum, err
}

// as reads the report in the format that is forced, else in the first that its head shows.
func (rd *reading) as(forced string, head []byte) error {
	for i, f := range formats {
		if f.word != forced && (forced != "" || !f.detect(head)) {
			continue
		}
		rd.sum.Format, rd.kind = f.name, uint8(i+1)
		err := f.read(rd)
		if forced != "" && rd.sum.Results == 0 && (err == nil || errors.As(err, new(*malformed))) {
			rd.broken(fmt.Sprintf("there is no result of %s in it, which --format %s says it is", f.name, forced))
		}
		return err
	}
	rd.broken(unrecognised(head))
	return nil
}

// send emits one result.
func (rd *reading) send(r Reported) error {
	if rd.sum.Results == rd.Results {
		return fmt.Errorf("more than %d results in one report: %w", rd.Results, behavepro.ErrLimit)
	}
	r.File, r.Kind = rd.sum.File, rd.kind
	r.splitStack()
	if r.URI != "" && r.Path == "" {
		path, ok := rd.uris[r.URI]
		if !ok {
			path = NormaliseURI(r.URI)
			if len(rd.uris) < 1<<14 {
				rd.uris[r.URI] = path
			}
		}
		r.Path = path
	}
	if _, known := behavepro.StatusOf(r.Raw); !known {
		if rd.sum.UnknownWords == nil {
			rd.sum.UnknownWords = make(map[string]int)
		}
		if word := r.Raw; len(rd.sum.UnknownWords) < 100 || rd.sum.UnknownWords[word] > 0 {
			rd.sum.UnknownWords[word]++
		}
	}
	if !r.Start.IsZero() && (rd.sum.Start.IsZero() || r.Start.Before(rd.sum.Start)) {
		rd.sum.Start = r.Start
	}
	rd.sum.Results++
	rd.sum.Dropped += r.Dropped
	return rd.emit(r)
}

// broken notes what could not be read; the first is what counts.
func (rd *reading) broken(what string) {
	if rd.sum.Unreadable == "" {
		rd.sum.Unreadable = what
	}
}

// note adds a remark once.
func (rd *reading) note(text string) {
	for _, n := range rd.sum.Notes {
		if n == text {
			return
		}
	}
	rd.sum.Notes = append(rd.sum.Notes, text)
}

// unrecognised says what a report that no format wants may be.
func unrecognised(head []byte) string {
	text := string(head)
	switch {
	case text == "":
		return "the file is empty"
	case strings.HasPrefix(text, "PK\x03\x04"):
		return "it is a zip archive: give it to `behavepro results push`, which sends the reports in it"
	case strings.HasPrefix(text, `{"type":`):
		return "the event protocol of cucumber-js 5 is not read: use its json format"
	}
	return "the format is not recognised: known are " + strings.Join(Formats(), ", ")
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] <= ' ') {
		b = b[1:]
	}
	return b
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
