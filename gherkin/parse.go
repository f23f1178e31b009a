package gherkin

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	cucumber "github.com/cucumber/gherkin/go/v28"
)

// maxTries bounds how often a file with unclosed doc strings is read again.
const maxTries = 5

// Parse reads a blob as Gherkin. It always returns a document: Feature is nil where nothing usable was found, and
// Problems, ordered by line, say what could not be read. path only decides by its name: Markdown is not parsed. The
// strings of the document share the memory of one copy of the blob.
func Parse(path string, blob []byte) *Document {
	doc := &Document{Parser: ParserVersion}
	if strings.HasSuffix(strings.ToLower(path), ".feature.md") {
		doc.Problems = []Problem{{Message: "Markdown Gherkin is not supported by this parser"}}
		return doc
	}
	if len(blob) > MaxBlobBytes {
		doc.Problems = []Problem{{Message: fmt.Sprintf("the file has %d bytes; files over %d bytes are not read", len(blob), MaxBlobBytes)}}
		return doc
	}
	text, guess := textOf(blob)
	var problems []Problem
	if guess != nil {
		problems = append(problems, *guess)
	}
	b, found := readAll(text)
	doc.Feature = b.feature
	doc.Problems = tidy(append(problems, found...), b.limit)
	return doc
}

// readAll reads text, again and again while doc strings are found that swallow what follows them, each time without
// the one found last.
func readAll(text string) (*builder, []Problem) {
	var (
		cut  []span
		lost []Problem
	)
	for {
		b, problems := read(text, cut)
		if b.inDoc && b.unclosed == nil {
			b.unclosed = &openDoc{b.docLine, b.lastLine + 1}
			if b.docTitle != 0 {
				b.unclosed.next = b.docTitle
			}
		}
		if b.unclosed == nil || b.full || len(cut) == maxTries {
			return b, append(problems, lost...)
		}
		from, to := b.unclosed.line, b.unclosed.next-1
		cut = append(cut, span{from, to})
		lost = append(lost, Problem{Line: from, Message: fmt.Sprintf(
			"the doc string that begins here is not closed; lines %d to %d are not read", from, to)})
	}
}

// read reads text once, taking the lines of cut for empty ones. A panic of the parser becomes a problem.
func read(text string, cut []span) (b *builder, problems []Problem) {
	b = &builder{}
	m := newMatcher(b)
	b.titles = m
	defer func() {
		if cause := recover(); cause != nil {
			problems = append(slices.Concat(b.conflicts, b.problems),
				Problem{Line: b.lastLine, Message: fmt.Sprintf("the parser failed after this line: %v", cause)})
		}
	}()
	parser := cucumber.NewParser(b)
	parser.StopAtFirstError(false)
	err := parser.Parse(newLines(text, b, cut), m)
	return b, slices.Concat(b.conflicts, b.problems, problemsOf(err, b.full))
}

// parserError is how the official parser prints one error.
var parserError = regexp.MustCompile(`^\((\d+):\d+\): (.*)$`)

// problemsOf takes the official parser's errors apart. Where reading was cut short, the end of the file is no error.
func problemsOf(err error, cutShort bool) []Problem {
	if err == nil {
		return nil
	}
	var problems []Problem
	for text := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "Parser errors:\n"), "\n") {
		p := Problem{Message: text}
		if m := parserError.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Message = m[2]
		}
		if cutShort && strings.HasPrefix(p.Message, "unexpected end of file") {
			continue
		}
		p.Message = shorten(p.Message)
		problems = append(problems, p)
	}
	return problems
}

// tidy orders problems by line and keeps MaxProblems of them, limit for certain.
func tidy(problems, limit []Problem) []Problem {
	byLine := func(a, b Problem) int { return a.Line - b.Line }
	slices.SortStableFunc(problems, byLine)
	keep := MaxProblems - len(limit)
	if more := len(problems) - keep; more > 0 {
		last := Problem{Line: problems[keep-1].Line, Message: fmt.Sprintf("%d more problems from here", more+1)}
		problems = append(problems[:keep-1:keep-1], last)
	}
	problems = append(problems, limit...)
	slices.SortStableFunc(problems, byLine)
	return problems
}

func quote(s string) string { return strconv.Quote(shorten(s)) }

// shorten keeps a message to one line of a length that people read.
func shorten(s string) string {
	const limit = 240
	if len(s) <= limit {
		return s
	}
	end := limit
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
