package sample

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

//go:embed story/*.txt
var storyFiles embed.FS

// event is one thing that happened: a commit of some kind, or a build.
type event struct {
	where   string // file and line, for mistakes
	kind    string // commit, merge, squash, revert, delete, build
	branch  string // where it happened
	from    string // the branch that it begins at, or that is merged
	author  string
	ago     time.Duration // before now
	subject string
	changes []change

	// Of builds.
	id     string
	format string
	jobs   string // params of each, "Os=Linux Java=17; Os=macOS Java=21"
	rules  []rule
}

// change is what a commit does to one file.
type change struct {
	verb, path, to string // write, append, replace, move (to), remove
	text           string
}

// rule says what a build reports other than passed.
type rule struct {
	verb    string // fail, flaky: fails once, then passes; only: runs what has a tag; without: leaves a folder out
	name    string // of the scenario or the rendered row; a tag or a folder
	params  string // a param of the jobs that it is for; "*" for all
	step    string // the beginning of the failing step's text
	message string // \n is a line end
}

// story reads all files in the order of their names.
func story() ([]event, error) {
	names, err := fs.Glob(storyFiles, "story/*.txt")
	if err != nil {
		return nil, err
	}
	var events []event
	for _, name := range names {
		text, err := storyFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		more, err := parseStory(name, string(text))
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	return events, nil
}

// parseStory reads one file. Its lines are
//
//	== commit BRANCH | AUTHOR | AGO | SUBJECT          a commit; "BRANCH < OTHER" begins BRANCH at OTHER
//	== merge OTHER > BRANCH | AUTHOR | AGO | SUBJECT   also squash, which has one parent only
//	== revert BRANCH | AUTHOR | AGO | Revert "SUBJECT"
//	== delete BRANCH                                   after its merge
//	== build ID BRANCH | AGO | FORMAT | PARAMS; PARAMS its rules follow: VERB NAME | PARAM | STEP | MESSAGE
//	-- write PATH --                                   text follows; also append
//	-- replace PATH --                                 old text, a line "=>", new text
//	-- move PATH TO --, -- remove PATH --
//
// AGO is such as 96d4h or 12m.
func parseStory(file, text string) ([]event, error) {
	var events []event
	n := 0
	for line := range strings.Lines(text) {
		n++
		where := fmt.Sprintf("%s:%d", file, n)
		plain := strings.TrimRight(line, "\n")
		head, isEvent := strings.CutPrefix(plain, "== ")
		if !isEvent && len(events) == 0 {
			if strings.TrimSpace(plain) != "" {
				return nil, fmt.Errorf("%s: text before the first event", where)
			}
			continue
		}
		var err error
		if isEvent {
			var e event
			e, err = parseEvent(head)
			e.where = where
			events = append(events, e)
		} else {
			err = events[len(events)-1].add(line, plain)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
	}
	return events, nil
}

func parseEvent(head string) (e event, err error) {
	first, rest, _ := strings.Cut(head, " | ")
	words := strings.Fields(first)
	parts := strings.Split(rest, " | ")
	switch {
	case len(words) == 2 && words[0] == "delete":
		return event{kind: "delete", branch: words[1]}, nil
	case len(words) == 3 && words[0] == "build" && len(parts) == 3:
		e = event{kind: "build", id: words[1], branch: words[2], format: parts[1], jobs: parts[2]}
		e.ago, err = parseAgo(parts[0])
		return e, err
	case len(parts) != 3:
		return e, fmt.Errorf("%q has not three parts", head)
	case len(words) == 2 && (words[0] == "commit" || words[0] == "revert"):
		e = event{kind: words[0], branch: words[1]}
	case len(words) == 4 && words[0] == "commit" && words[2] == "<":
		e = event{kind: "commit", branch: words[1], from: words[3]}
	case len(words) == 4 && (words[0] == "merge" || words[0] == "squash") && words[2] == ">":
		e = event{kind: words[0], from: words[1], branch: words[3]}
	default:
		return e, fmt.Errorf("%q is no event", head)
	}
	e.author, e.subject = parts[0], parts[2]
	e.ago, err = parseAgo(parts[1])
	return e, err
}

func (e *event) add(line, plain string) error {
	if e.kind == "build" {
		if strings.TrimSpace(plain) == "" {
			return nil
		}
		verb, rest, _ := strings.Cut(plain, " ")
		parts := append(strings.SplitN(rest, " | ", 4), "", "", "")
		e.rules = append(
			e.rules,
			rule{verb: verb, name: parts[0], params: parts[1], step: parts[2], message: strings.ReplaceAll(parts[3], `\n`, "\n")},
		)
		return nil
	}
	if head, ok := strings.CutPrefix(plain, "-- "); ok && strings.HasSuffix(head, " --") {
		words := append(strings.Fields(strings.TrimSuffix(head, " --")), "", "")
		e.changes = append(e.changes, change{verb: words[0], path: words[1], to: words[2]})
		return nil
	}
	if len(e.changes) == 0 {
		if plain != "" {
			return fmt.Errorf("%q belongs to no change", plain)
		}
		return nil
	}
	e.changes[len(e.changes)-1].text += line
	return nil
}

// parseAgo reads 96d4h20m.
func parseAgo(text string) (time.Duration, error) {
	days := 0
	if head, rest, ok := strings.Cut(text, "d"); ok {
		if _, err := fmt.Sscanf(head, "%d", &days); err != nil {
			return 0, fmt.Errorf("%q is no time", text)
		}
		text = rest
	}
	var d time.Duration
	if text != "" {
		var err error
		if d, err = time.ParseDuration(text); err != nil {
			return 0, fmt.Errorf("%q is no time", text)
		}
	}
	return d + time.Duration(days)*24*time.Hour, nil
}
