package match

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/results/report"
)

// identifier is the name that the generators of SpecFlow and Reqnroll give a title: words begin with a capital, points
// and hyphens become underscores, accents go, and what an identifier cannot hold is left out.
func identifier(title string) string {
	var b strings.Builder
	var before rune // of the title
	for _, r := range title {
		switch {
		case r == '\n' || r == '.' || r == '-':
			if before != '\n' && before != '.' && before != '-' {
				b.WriteByte('_')
			}
		case unicode.IsLetter(r) && (b.Len() == 0 || !unicode.In(before, unicode.Ll, unicode.Lu) && before != 0):
			b.WriteString(capital(accents.Replace(string(r))))
		case unicode.IsLetter(r) || unicode.In(r, unicode.Nd, unicode.Nl, unicode.Pc):
			b.WriteString(accents.Replace(string(r)))
		}
		before = r
	}
	name := b.String()
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}

// capital puts the first letter into upper case.
func capital(text string) string {
	for i, r := range text {
		return text[:i] + string(unicode.ToUpper(r)) + text[i+len(string(r)):]
	}
	return text
}

// accents writes letters without them.
var accents = func() *strings.Replacer {
	var pairs []string
	for _, group := range []string{
		"AÀÁÂÃÄÅĀĂĄ", "CÇĆĈĊČ", "DÐĎĐ", "EÈÉÊËĒĔĖĘĚ", "GĜĞĠĢ", "HĤĦ", "IÌÍÎÏĨĪĬĮİ", "JĴ", "KĶ",
		"LĹĻĽĿŁ", "NÑŃŅŇ", "OÒÓÔÕÖØŌŎŐ",
		"RŔŖŘ", "SŚŜŞŠ", "TŢŤŦ", "UÙÚÛÜŨŪŬŮŰŲ", "WŴ", "YÝŶŸ", "ZŹŻŽ",
		"aàáâãäåāăą", "cçćĉċč", "dðďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ",
		"lĺļľŀł", "nñńņňŉ", "oòóôõöøōŏő",
		"rŕŗř", "sśŝşšſ", "tţťŧ", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž",
	} {
		for _, r := range group[1:] {
			pairs = append(pairs, string(r), group[:1])
		}
	}
	return strings.NewReplacer(append(pairs, "Æ", "AE", "æ", "ae", "Œ", "OE", "œ", "oe", "ß", "B", "Þ", "P", "þ", "p")...)
}()

// plain is an identifier without what its versions differ in: case and underscores.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// varyMethods adds the methods that the generators make of the scenarios: one for an outline, or one for each row.
func (x *fileIndex) varyMethods() {
	x.methods = make(map[string][]target)
	if x.feature == nil {
		return
	}
	for i := range x.feature.Scenarios {
		s := &x.feature.Scenarios[i]
		name := identifier(s.Name)
		x.addMethod(name, x.rowsOf(target{x.file, int32(i), -1, -1})...)
		unnamed := 0
		for e := range s.Examples {
			if s.Examples[e].Name == "" {
				unnamed++
			}
		}
		for e := range s.Examples {
			x.varyRows(s, target{x.file, int32(i), int32(e), 0}, unnamed > 1)
		}
	}
}

// varyRows adds the methods of the rows of a table: after the first column where that tells the rows apart, else
// numbered, behind the table's name. The titles that go with them, "Eating: 12", are the same when plain.
func (x *fileIndex) varyRows(s *gherkin.Scenario, t target, numbered bool) {
	e := &s.Examples[t.examples]
	var firsts []string
	for _, row := range e.Rows {
		if len(row.Cells) == 0 {
			return
		}
		if first := identifier(row.Cells[0]); !slices.Contains(firsts, first) {
			firsts = append(firsts, first)
		}
	}
	table := ""
	switch {
	case e.Name != "":
		table = identifier(e.Name)
	case numbered:
		table = "ExampleSet" + strconv.Itoa(int(t.examples))
	}
	for n := range e.Rows {
		t.row = int32(n)
		variant := "Variant " + strconv.Itoa(n)
		if len(firsts) == len(e.Rows) {
			variant = e.Rows[n].Cells[0]
		}
		x.addMethod(identifier(s.Name)+"_"+table+"_"+identifier(variant), t)
		if table != "" {
			x.addMethod(identifier(s.Name)+"_"+identifier(variant), t)
		}
	}
}

func (x *fileIndex) addMethod(name string, targets ...target) {
	for _, t := range targets {
		if key := plain(name); !slices.Contains(x.methods[key], t) {
			x.methods[key] = append(x.methods[key], t)
		}
	}
}

// method finds an identifier: scenarios whose titles give exactly this one first. Only reports of .NET are asked for
// what is no identifier; elsewhere a name that differs is another name.
func (x *fileIndex) method(r *report.Reported, name string) []target {
	if strings.Contains(name, " ") {
		if !r.IsDotNet() {
			return nil
		}
		name = identifier(name)
	}
	if x.methods == nil {
		x.varyMethods()
	}
	found := x.methods[plain(name)]
	var exact []target
	for _, t := range found {
		if identifier(x.feature.Scenarios[t.scenario].Name) == name {
			exact = append(exact, t)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return found
}
