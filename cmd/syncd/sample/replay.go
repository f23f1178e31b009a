package sample

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro/gherkin"
)

// files are the files of a commit by path.
type files map[string]string

// commit is one of the history, with all its files.
type commit struct {
	branch, author, subject string
	at                      time.Time
	parents                 []int
	files                   files
}

// build is a build of a commit.
type build struct {
	event
	commit int
	at     time.Time
}

// history is a story that happened.
type history struct {
	commits []commit
	builds  []build
	tips    map[string]int               // branches
	deleted map[string]bool              // branches that are there no more
	parsed  map[string]*gherkin.Document // by text
}

// replay lets the events happen, the last ones just before now.
func replay(events []event, now time.Time) (*history, error) {
	h := &history{tips: map[string]int{}, deleted: map[string]bool{}, parsed: map[string]*gherkin.Document{}}
	for i := range events {
		if err := h.apply(&events[i], now); err != nil {
			return nil, fmt.Errorf("%s: %w", events[i].where, err)
		}
	}
	return h, nil
}

func (h *history) apply(e *event, now time.Time) error {
	at := now.Add(-e.ago).Truncate(time.Second)
	if e.from != "" && e.kind == "commit" {
		h.tips[e.branch] = h.tips[e.from]
	}
	tip, known := h.tips[e.branch]
	switch {
	case e.kind == "delete":
		h.deleted[e.branch] = true
		return nil
	case e.kind == "build" && known:
		h.builds = append(h.builds, build{event: *e, commit: tip, at: at})
		return nil
	case !known && len(h.commits) > 0:
		return fmt.Errorf("there is no branch %s", e.branch)
	}
	next := commit{branch: e.branch, author: e.author, subject: e.subject, at: at, files: files{}}
	if known {
		next.parents = []int{tip}
		next.files = maps.Clone(h.commits[tip].files)
		if before := h.commits[tip].at; !at.After(before) {
			return fmt.Errorf("is not after the commit before it (%s)", before)
		}
	}
	err := h.combine(e, &next)
	for _, c := range e.changes {
		if err == nil {
			err = next.files.change(c)
		}
	}
	h.tips[e.branch] = len(h.commits)
	h.commits = append(h.commits, next)
	return err
}

// combine brings in what another branch did, or undoes what a commit did.
func (h *history) combine(e *event, next *commit) error {
	base, theirs := 0, 0
	switch e.kind {
	case "commit":
		return nil
	case "merge", "squash":
		theirs = h.tips[e.from]
		base = h.base(next.parents[0], theirs)
		if e.kind == "merge" {
			next.parents = append(next.parents, theirs)
		}
	case "revert":
		base = slices.IndexFunc(h.commits, func(c commit) bool { return e.subject == `Revert "`+c.subject+`"` })
		if base < 0 {
			return fmt.Errorf("nothing to revert")
		}
		theirs = h.commits[base].parents[0]
	}
	return next.files.merge(h.commits[base].files, h.commits[theirs].files)
}

// base is the newest commit that two commits have in common.
func (h *history) base(a, b int) int {
	ofA, ofB := map[int]bool{}, map[int]bool{}
	h.ancestors(a, ofA)
	h.ancestors(b, ofB)
	newest := 0
	for i := range ofA {
		if ofB[i] {
			newest = max(newest, i)
		}
	}
	return newest
}

func (h *history) ancestors(i int, seen map[int]bool) {
	if seen[i] {
		return
	}
	seen[i] = true
	for _, p := range h.commits[i].parents {
		h.ancestors(p, seen)
	}
}

// merge takes over what theirs changed since base. A file that both changed is a mistake of the story.
func (f files) merge(base, theirs files) error {
	paths := maps.Clone(base)
	maps.Copy(paths, theirs)
	for path := range paths {
		old, was := base[path]
		text, is := theirs[path]
		ours, have := f[path]
		switch {
		case was == is && old == text, have == is && ours == text:
		case have != was || ours != old:
			return fmt.Errorf("conflict in %s", path)
		case is:
			f[path] = text
		default:
			delete(f, path)
		}
	}
	return nil
}

func (f files) change(c change) error {
	old, exists := f[c.path]
	if exists == (c.verb == "write") {
		return fmt.Errorf("%s %s: exists: %t", c.verb, c.path, exists)
	}
	text := strings.Trim(c.text, "\n") + "\n"
	switch c.verb {
	case "write":
		f[c.path] = text
	case "append":
		f[c.path] = old + "\n" + text
	case "replace":
		before, after, ok := strings.Cut(text, "=>\n")
		if !ok || strings.Count(old, before) != 1 {
			return fmt.Errorf("replace %s: the old text is there %d times", c.path, strings.Count(old, before))
		}
		f[c.path] = strings.Replace(old, before, after, 1)
	case "move":
		delete(f, c.path)
		f[c.to] = old
	case "remove":
		delete(f, c.path)
	default:
		return fmt.Errorf("%q is no change", c.verb)
	}
	return nil
}
