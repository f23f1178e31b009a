package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Statement writes the data statement: in Markdown, what is stored, why, for how long, where it may go, and how each
// field is protected. It depends on the declarations only, ordered by name; the store's own kinds are part of it.
func Statement(kinds []*Kind) []byte {
	all := append([]*Kind{keysetKind, partKind}, kinds...)
	slices.SortFunc(all, func(a, b *Kind) int { return cmp.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	b.WriteString(`# Data statement

What Behave Pro stores, generated from the declarations in the code. Every body is compressed and sealed (AES-256-GCM)
with a key of its tenant; *keyed* fields are stored as HMAC-SHA-256 under a key of the tenant, which can be compared and
not read; *plain* fields are stored as they are, for the reason given.

| kind | belongs to | class | purpose | retention | may leave its region |
|---|---|---|---|---|---|
`)
	for _, k := range all {
		owner := "tenant"
		switch {
		case k == partKind:
			owner = "tenant or directory"
		case k.Directory:
			owner = "directory"
		}
		leaves := "no"
		if k.Leaves {
			leaves = "yes"
		}
		class := string(k.Class)
		if k.Personal != "" && k.Class != ClassPersonal {
			class += ", " + string(ClassPersonal)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cell(k.Name), owner, cell(class), cell(k.Purpose), cell(k.Retention), leaves)
	}
	for _, k := range all {
		fmt.Fprintf(&b, "\n## %s\n\n| part | field | stored as | reason |\n|---|---|---|---|\n", k.Name)
		writeFields(&b, "key", k.Key)
		for _, x := range k.Indexes {
			writeFields(&b, "index "+x.Name, x.Fields)
		}
		guard, why := "sealed", ""
		if k == keysetKind {
			guard, why = "wrapped", "by the key-encryption key, which is kept outside the data"
		}
		fmt.Fprintf(&b, "| body | %s | %s | %s |\n", cell(k.Body), guard, why)
		if k.Personal != "" {
			fmt.Fprintf(&b, "| body | %s | %s | %s |\n", cell(k.Personal), guard, ClassPersonal)
		}
	}
	return b.Bytes()
}

func writeFields(b *bytes.Buffer, part string, fields []Field) {
	for _, f := range fields {
		guard := "keyed"
		if f.Guard == Plain {
			guard = "plain"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(part), cell(f.Name), guard, cell(f.Why))
	}
}

// cell keeps a text inside its cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
