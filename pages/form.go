package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/behavepro/behavepro"
)

// form is what somebody typed, and what is wrong in it by the names of fields.
type form struct {
	values url.Values
	wrong  map[string]string
	denied bool // something that was typed is out of reach
	failed []said
}

func newForm(values url.Values) *form { return &form{values: values, wrong: map[string]string{}} }

func (f *form) text(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// words are what a field lists, between spaces, commas or lines.
func (f *form) words(name string) []string {
	return strings.FieldsFunc(f.values.Get(name), func(c rune) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r' })
}

// fail says what is wrong in a field; the first that is said stays.
func (f *form) fail(name, what string) {
	if f.wrong[name] == "" {
		f.wrong[name] = what
	}
}

func (f *form) status() int {
	switch {
	case f.denied:
		return http.StatusForbidden
	case len(f.wrong)+len(f.failed) > 0:
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// refused keeps what people are told of an error; false where there is nothing to tell them.
func (f *form) refused(err error) (ok bool) {
	f.failed, ok = tell(err)
	return ok
}

// sheet is a page with one form.
type sheet struct {
	frame
	Action string
	Back   string
	Keep   []pair
	Failed []said
	Wrong  map[string]string // by field
}

// sheet begins the page of a form that is sent to a place below the settings.
func (p *Pages) sheet(v *Visit, title string, f *form, to ...string) sheet {
	return sheet{p.frame(v.Now, title), p.link.write(to...), p.link.settings(""), p.kept(nil), f.failed, f.wrong}
}

// input is one field of a form.
type input struct {
	Name, Label, Type     string // Type "" is text
	Value, Error          string
	About, Example        string
	Required, Mono, Wrong bool
	Rows                  int // of a text of several lines; 0 is a line
}

// field makes an input with what was typed, unless it is a secret.
func (f *form) field(i input) input {
	if i.Error = f.wrong[i.Name]; i.Type != "password" && !secretFields[i.Name] {
		i.Value = f.values.Get(i.Name)
	}
	i.Wrong = i.Error != ""
	return i
}

// Names of fields.
const (
	fieldURL, fieldName, fieldProjects, fieldBranches, fieldPath     = "url", "name", "projects", "branches", "path"
	fieldKind, fieldUser, fieldToken, fieldKey, fieldHosts           = "credential", "user", "token", "sshkey", "hosts"
	fieldDo, fieldCan, fieldExpires, fieldRepository, fieldConfirmed = "do", "can", "expires", "repository", "confirm"
)

// secretFields are never sent back to who typed them.
var secretFields = map[string]bool{fieldToken: true, fieldKey: true}

// said is what went wrong with a form as a whole.
type said struct {
	What, Hint string
}

// flags are words for a terminal in hints of other packages, and what is said instead beside a form.
var flags = []struct{ flag, hint string }{
	{"--known-hosts", "compare it with the key that the host publishes, and give that key's line as the server's host key"},
	{"--git-token-file", "give a credential that may read the repository"},
	{"repos credential set", "give a credential that may read the repository"},
	{"syncd trust list", "end those that nobody uses"},
	{"syncd token", "revoke those that nobody uses: the list shows their last use"},
	{"--name", "choose another name"},
}

func hintHere(hint string) string {
	for _, f := range flags {
		if strings.Contains(hint, f.flag) {
			return sentence(f.hint)
		}
	}
	return sentence(hint)
}

// tell splits an error into what people are told of it; false where there is nothing to tell them.
func tell(err error) (all []said, ok bool) {
	if joined, many := err.(interface{ Unwrap() []error }); many {
		for _, one := range joined.Unwrap() {
			more, told := tell(one)
			if !told {
				return nil, false
			}
			all = append(all, more...)
		}
		return all, len(all) > 0
	}
	if errors.Is(err, behavepro.ErrCorrupt) {
		return nil, false
	}
	problem, ok := errors.AsType[*behavepro.Problem](err)
	if !ok {
		return nil, false
	}
	return []said{{sentence(problem.Msg), hintHere(problem.Hint)}}, true
}

// once keeps a page with a form or a secret from being kept, and lets the browser say to us alone where a form comes from: over
// plain http nothing else does.
func (v *Visit) once() {
	v.W.Header().Set("Cache-Control", "no-store")
	v.ownForms()
}

func (v *Visit) ownForms() {
	if v.Host == nil {
		v.W.Header().Set("Referrer-Policy", "same-origin")
	}
}

func (v *Visit) goTo(address string) error {
	http.Redirect(v.W, v.R, address, http.StatusSeeOther)
	return nil
}
