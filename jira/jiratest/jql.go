package jiratest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// matcher reports whether an issue is what a query asks for.
type matcher func(*Jira, *Issue) bool

// parseJQL reads a small JQL: comparisons of fields and of properties, as in behavepro.failed > 0, joined by AND, OR, NOT and
// parentheses; ORDER BY is read and not heeded. A query that names no restriction is refused, as it is by Jira.
func parseJQL(text string) (matcher, error) {
	words, err := jqlWords(text)
	if err != nil {
		return nil, err
	}
	for n := range words {
		if n+1 < len(words) && words[n].is("order") && words[n+1].is("by") {
			words = words[:n]
			break
		}
	}
	if len(words) == 0 {
		return nil, errors.New("unbounded JQL queries are not allowed here; add a restriction")
	}
	p := &jql{words: words}
	m, err := p.or()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("error in the JQL query: %q was not expected", p.words[0].text)
	}
	return m, err
}

type word struct {
	text   string
	quoted bool
}

func (w word) is(text string) bool { return !w.quoted && strings.EqualFold(w.text, text) }

func jqlWords(text string) ([]word, error) {
	var words []word
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		n := 1
		switch c := text[0]; {
		case c == '"' || c == '\'':
			end := strings.IndexByte(text[1:], c)
			if end < 0 {
				return nil, errors.New("error in the JQL query: a quote does not end")
			}
			words = append(words, word{text[1 : end+1], true})
			text = text[end+2:]
			continue
		case strings.ContainsRune("(),", rune(c)):
		case strings.ContainsRune("=!<>~", rune(c)):
			n = len(text) - len(strings.TrimLeft(text, "=!<>~"))
		default:
			n = strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(),=!<>~\"'", r) })
			if n < 0 {
				n = len(text)
			}
		}
		words = append(words, word{text: text[:n]})
		text = text[n:]
	}
	return words, nil
}

type jql struct{ words []word }

func (p *jql) accept(text string) bool {
	if len(p.words) > 0 && p.words[0].is(text) {
		p.words = p.words[1:]
		return true
	}
	return false
}

func (p *jql) next() (word, error) {
	if len(p.words) == 0 {
		return word{}, errors.New("error in the JQL query: it ends too early")
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w, nil
}

func (p *jql) or() (matcher, error) {
	left, err := p.and()
	for err == nil && p.accept("or") {
		var right matcher
		a := left
		right, err = p.and()
		left = func(j *Jira, i *Issue) bool { return a(j, i) || right(j, i) }
	}
	return left, err
}

func (p *jql) and() (matcher, error) {
	left, err := p.one()
	for err == nil && p.accept("and") {
		var right matcher
		a := left
		right, err = p.one()
		left = func(j *Jira, i *Issue) bool { return a(j, i) && right(j, i) }
	}
	return left, err
}

func (p *jql) one() (matcher, error) {
	switch {
	case p.accept("not"):
		m, err := p.one()
		return func(j *Jira, i *Issue) bool { return !m(j, i) }, err
	case p.accept("("):
		m, err := p.or()
		if err == nil && !p.accept(")") {
			err = errors.New("error in the JQL query: a parenthesis does not end")
		}
		return m, err
	}
	return p.comparison()
}

func (p *jql) comparison() (matcher, error) {
	field, err := p.next()
	if err != nil {
		return nil, err
	}
	op, err := p.next()
	if err != nil {
		return nil, err
	}
	operator := strings.ToLower(op.text)
	if operator == "not" && p.accept("in") {
		operator = "not in"
	}
	if operator == "is" && p.accept("not") {
		operator = "is not"
	}
	values, err := p.values(operator)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"=", "!=", ">", ">=", "<", "<=", "~", "in", "not in", "is", "is not"}, operator) {
		return nil, fmt.Errorf("error in the JQL query: %q is no operator", op.text)
	}
	return func(j *Jira, i *Issue) bool { return compare(j.fieldOf(i, field.text), operator, values) }, nil
}

func (p *jql) values(operator string) ([]string, error) {
	if operator != "in" && operator != "not in" {
		w, err := p.next()
		return []string{w.text}, err
	}
	if !p.accept("(") {
		return nil, errors.New("error in the JQL query: a list was expected")
	}
	var all []string
	for {
		w, err := p.next()
		if err != nil {
			return nil, err
		}
		all = append(all, w.text)
		if p.accept(")") {
			return all, nil
		}
		if !p.accept(",") {
			return nil, errors.New("error in the JQL query: a list does not end")
		}
	}
}

// fieldOf lists the values that a field of an issue has.
func (j *Jira) fieldOf(i *Issue, name string) []string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	switch strings.ToLower(name) {
	case "key", "issuekey", "issue":
		return []string{i.Key}
	case "id":
		return []string{strconv.FormatInt(i.ID, 10)}
	case "project":
		if p := j.projectOf(i); p != nil {
			return []string{p.Key, p.Name, strconv.FormatInt(p.ID, 10)}
		}
		return nil
	case "summary":
		return one(i.Summary)
	case "status":
		return one(i.Status)
	case "assignee":
		return one(i.Assignee)
	case "sprint":
		return one(i.Sprint)
	case "fixversion":
		return i.FixVersions
	case "type", "issuetype":
		return one(i.Type)
	}
	return j.propertyOf(i, name)
}

// propertyOf follows an alias that the app declared, issue.property[KEY].PATH or KEY.PATH into a property.
func (j *Jira) propertyOf(i *Issue, name string) []string {
	key, path, _ := strings.Cut(name, ".")
	if rest, ok := strings.CutPrefix(name, "issue.property["); ok {
		key, path, _ = strings.Cut(rest, "].")
	}
	if j.app != nil {
		if k, p, ok := j.app.alias(name); ok {
			key, path = k, p
		}
	}
	value := valueAt(i.Properties[key], path)
	if value == nil {
		return nil
	}
	return []string{fmt.Sprint(value)}
}

// valueAt follows a path such as a.b through objects.
func valueAt(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

func compare(have []string, operator string, want []string) bool {
	switch operator {
	case "is":
		return (len(have) == 0) == (strings.EqualFold(want[0], "empty") || strings.EqualFold(want[0], "null"))
	case "is not":
		return (len(have) > 0) == (strings.EqualFold(want[0], "empty") || strings.EqualFold(want[0], "null"))
	case "!=", "not in":
		return len(have) > 0 && !slices.ContainsFunc(have, func(h string) bool { return oneOf(h, want) })
	case "=", "in":
		return slices.ContainsFunc(have, func(h string) bool { return oneOf(h, want) })
	case "~":
		return slices.ContainsFunc(have, func(h string) bool { return strings.Contains(strings.ToLower(h), strings.ToLower(want[0])) })
	}
	return slices.ContainsFunc(have, func(h string) bool { return ordered(h, operator, want[0]) })
}

func oneOf(have string, want []string) bool {
	return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(have, w) })
}

// ordered compares numbers as numbers, times as times, and nothing else.
func ordered(have, operator, want string) bool {
	a, errA := strconv.ParseFloat(have, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if errA != nil || errB != nil {
		at, err := time.Parse(time.RFC3339, have)
		to, day := time.Parse(time.DateOnly, want)
		if err != nil || day != nil {
			return false
		}
		a, b = float64(at.Unix()), float64(to.Unix())
	}
	switch operator {
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "<":
		return a < b
	}
	return a <= b
}
