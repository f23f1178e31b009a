package store

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/behavepro/behavepro"
)

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,47}$`)
	classes  = map[Class]bool{
		ClassJira: true, ClassAuthored: true, ClassGit: true, ClassResult: true,
		ClassEvidence: true, ClassPersonal: true, ClassOperational: true,
	}
)

// Validate checks declarations and reports everything that is wrong with them at once, as ErrInvalid.
func Validate(kinds []*Kind) error {
	var errs []error
	seen := map[string]bool{}
	for _, k := range kinds {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("kind %q: %s: %w", k.Name, fmt.Sprintf(format, args...), behavepro.ErrInvalid))
		}
		if !nameForm.MatchString(k.Name) {
			bad("a name has lowercase letters, digits, - and _, and starts with a letter")
		}
		if seen[k.Name] {
			bad("declared twice")
		}
		seen[k.Name] = true
		if len(k.Key) == 0 {
			bad("has no key")
		}
		if !classes[k.Class] {
			bad("unknown data class %q", k.Class)
		}
		for what, text := range map[string]string{"purpose": k.Purpose, "retention": k.Retention, "body": k.Body} {
			if text == "" {
				bad("does not say its %s", what)
			}
		}
		validateFields(k, bad)
	}
	return errors.Join(errs...)
}

func validateFields(k *Kind, bad func(string, ...any)) {
	check := func(where string, fields []Field) {
		names := map[string]bool{}
		for _, f := range fields {
			if f.Name == "" {
				bad("%s has a field without a name", where)
			}
			if names[f.Name] {
				bad("%s has two fields %q", where, f.Name)
			}
			names[f.Name] = true
			if f.Guard == Plain && f.Why == "" {
				bad("%s: field %q is plain without a reason", where, f.Name)
			}
		}
	}
	check("key", k.Key)
	indexes := map[string]bool{}
	for _, x := range k.Indexes {
		where := fmt.Sprintf("index %q", x.Name)
		if !nameForm.MatchString(x.Name) {
			bad("%s: a name has lowercase letters, digits, - and _, and starts with a letter", where)
		}
		if indexes[x.Name] {
			bad("%s declared twice", where)
		}
		indexes[x.Name] = true
		if len(x.Fields) == 0 {
			bad("%s has no fields", where)
		}
		check(where, x.Fields)
	}
}
