package client

import (
	"errors"
	"testing"
)

func TestPages(t *testing.T) {
	t.Parallel()
	type list struct {
		all  []string
		next string
	}
	from := map[string]list{"": {[]string{"a", "b"}, "b"}, "b": {[]string{"c"}, "c"}, "c": {nil, ""}}
	ask := func(after string) (list, error) { return from[after], nil }
	add := func(all *list, part list) string { all.all = append(all.all, part.all...); return part.next }
	got, err := pages(ask, add)
	if err != nil || len(got.all) != 3 || got.all[2] != "c" {
		t.Errorf("got %v, %v", got, err)
	}
	broken := errors.New("broken")
	if _, err := pages(func(after string) (list, error) {
		if after == "b" {
			return list{}, broken
		}
		return from[after], nil
	}, add); !errors.Is(err, broken) {
		t.Errorf("a page that fails gives %v", err)
	}
}
