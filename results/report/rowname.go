package report

import "strings"

// RowName returns the name of an outline with a row's cells in it.
func RowName(name string, header, cells []string) string {
	if !strings.Contains(name, "<") {
		return name
	}
	for i, column := range header {
		if i < len(cells) {
			name = strings.ReplaceAll(name, "<"+column+">", cells[i])
		}
	}
	return strings.TrimSpace(name)
}
