package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/behavepro/behavepro/internal/cli"
)

// configEnv names the file of --config where the flag is not given.
const configEnv = "BEHAVEPRO_CONFIG"

// given collects what flags say, so that it can be put over environment and file.
type given struct {
	file   string
	values map[string][]string
}

// flags adds a flag for each named setting, or for all where none is named.
func (g *given) flags(set *pflag.FlagSet, names ...string) {
	g.values = map[string][]string{}
	set.SortFlags = false
	set.StringVar(&g.file, "config", "", "`FILE` of settings, one \"name: value\" a line")
	for i := range settings {
		if s := &settings[i]; len(names) == 0 || slices.Contains(names, s.name) {
			flag := set.VarPF(&flagValue{g, s}, s.name, "", s.about)
			if s.value == "" {
				flag.NoOptDefVal = "true"
			}
		}
	}
}

// flagValue is a flag of a setting; its value is checked with all others, later.
type flagValue struct {
	given   *given
	setting *setting
}

func (f *flagValue) String() string { return "" }
func (f *flagValue) Type() string   { return f.setting.value }
func (f *flagValue) Set(v string) error {
	f.given.values[f.setting.name] = append(f.given.values[f.setting.name], v)
	return nil
}

// load puts flags over environment over file over defaults, and reports all mistakes at once.
func (g *given) load(getenv func(string) string) (config, error) {
	c := defaults(getenv)
	file := g.file
	if file == "" {
		file = getenv(configEnv)
	}
	var mistakes []error
	fromFile := map[string][]entry{}
	if file != "" {
		var err error
		if fromFile, err = readConfigFile(file); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	for i := range settings {
		s := &settings[i]
		for _, e := range g.entries(s, getenv, fromFile) {
			if err := s.set(&c, e.value); err != nil {
				mistakes = append(mistakes, fmt.Errorf("%s: %w", e.where, err))
			}
		}
	}
	mistakes = append(mistakes, c.check())
	if err := errors.Join(mistakes...); err != nil {
		return c, cli.UsageError(err)
	}
	return c, nil
}

// entry is a value with the place that it comes from.
type entry struct{ where, value string }

// entries are the values of a setting from the strongest place that has any.
func (g *given) entries(s *setting, getenv func(string) string, file map[string][]entry) []entry {
	var found []entry
	for _, v := range g.values[s.name] {
		found = append(found, entry{"--" + s.name, v})
	}
	if v := getenv(s.env()); len(found) == 0 && v != "" {
		values := []string{v}
		if s.list {
			values = strings.Split(v, ",")
		}
		for _, v := range values {
			found = append(found, entry{s.env(), strings.TrimSpace(v)})
		}
	}
	if len(found) == 0 {
		found = file[s.name]
	}
	if n := len(found); n > 1 && !s.list {
		found = found[n-1:] // the last flag counts
	}
	return found
}

// maxConfigFile bounds a configuration file.
const maxConfigFile = 1 << 20

func readConfigFile(path string) (map[string][]entry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if len(text) > maxConfigFile {
		return nil, fmt.Errorf("read configuration: %s is larger than %d bytes", path, maxConfigFile)
	}
	return parseConfig(path, text)
}

// parseConfig reads "name: value" lines; empty lines and those that begin with # say nothing. A list has a line for each of
// its values. Unknown names, and second values of what is no list, are mistakes; all are reported.
func parseConfig(path string, text []byte) (map[string][]entry, error) {
	known := map[string]*setting{}
	for i := range settings {
		known[settings[i].name] = &settings[i]
	}
	found := map[string][]entry{}
	var mistakes []error
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxConfigFile+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		where := fmt.Sprintf("%s:%d", path, n)
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		s := known[name]
		switch {
		case !ok:
			mistakes = append(mistakes, fmt.Errorf("%s: not a \"name: value\" line", where))
		case s == nil:
			mistakes = append(mistakes, fmt.Errorf("%s: there is no setting %q", where, name))
		case len(found[name]) > 0 && !s.list:
			mistakes = append(mistakes, fmt.Errorf("%s: %s is set a second time", where, name))
		default:
			found[name] = append(found[name], entry{where + ": " + name, value})
		}
	}
	return found, errors.Join(append(mistakes, lines.Err())...)
}
