package lineage

import (
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// RowIDs gives the rows of an outline their ids. A row with the header, cells and place of an old one keeps its id; if
// columns changed, rows pair by the shared columns, then by order; what stays is named by its content.
func RowIDs(
	old *Shape,
	oldIDs []behavepro.RowID,
	new *Shape,
	examples func() (old, new *gherkin.Scenario, err error),
) ([]behavepro.RowID, error) {
	was, is := flatten(old), flatten(new)
	if len(is) == 0 {
		return nil, nil
	}
	ids := make([]behavepro.RowID, len(is))
	used := make([]bool, len(was))
	if len(oldIDs) == len(was) {
		byContent := make(map[behavepro.RowID]int, len(was))
		for j, content := range was {
			byContent[content] = j
		}
		for i, content := range is {
			if j, ok := byContent[content]; ok && !used[j] {
				ids[i], used[j] = oldIDs[j], true
			}
		}
		if columnsChanged(old, new) && slices.Contains(used, false) && slices.Contains(ids, behavepro.RowID{}) {
			oldScenario, newScenario, err := examples()
			if err != nil {
				return nil, err
			}
			pairChangedColumns(oldScenario, newScenario, old, new, oldIDs, used, ids)
		}
	}
	nameRows(ids, is)
	return ids, nil
}

func flatten(s *Shape) []behavepro.RowID {
	if s == nil {
		return nil
	}
	var all []behavepro.RowID
	for _, t := range s.tables {
		all = append(all, t.rows...)
	}
	return all
}

// nameRows names the rows that have no id yet by their content, and keeps all ids distinct.
func nameRows(ids, content []behavepro.RowID) {
	taken := make(map[behavepro.RowID]bool, len(ids))
	for _, id := range ids {
		taken[id] = true
	}
	for i := range ids {
		if !ids[i].IsZero() {
			continue
		}
		id := content[i]
		for taken[id] {
			id = behavepro.RowID(behavepro.Sum("row again", string(id[:])))
		}
		ids[i], taken[id] = id, true
	}
}

func headers(s *Shape) map[behavepro.Hash]bool {
	m := map[behavepro.Hash]bool{}
	if s != nil {
		for _, t := range s.tables {
			m[t.header] = true
		}
	}
	return m
}

func columnsChanged(old, new *Shape) bool {
	was := headers(old)
	for h := range headers(new) {
		if !was[h] {
			return true
		}
	}
	return false
}

// looseRow is a row of a table whose header is not on the other side.
type looseRow struct {
	at     int // index over all rows of the outline
	header []string
	cells  []string
}

func pairChangedColumns(oldSc, newSc *gherkin.Scenario, old, new *Shape, oldIDs []behavepro.RowID, used []bool, ids []behavepro.RowID) {
	was := looseRows(oldSc, old, headers(new), func(i int) bool { return used[i] })
	is := looseRows(newSc, new, headers(old), func(i int) bool { return !ids[i].IsZero() })
	take := func(x, y *looseRow) { ids[y.at], used[x.at] = oldIDs[x.at], true }
	open := map[string][]*looseRow{}
	shared := sharedColumns(was, is)
	for _, x := range was {
		key := x.key(shared)
		open[key] = append(open[key], x)
	}
	var rest []*looseRow
	for _, y := range is {
		if xs := open[y.key(shared)]; len(shared) > 0 && len(xs) > 0 {
			take(xs[0], y)
			open[y.key(shared)] = xs[1:]
			continue
		}
		rest = append(rest, y)
	}
	for _, x := range was {
		if len(rest) > 0 && !used[x.at] {
			take(x, rest[0])
			rest = rest[1:]
		}
	}
}

func looseRows(sc *gherkin.Scenario, s *Shape, other map[behavepro.Hash]bool, done func(int) bool) []*looseRow {
	var rows []*looseRow
	at := 0
	for i, t := range s.tables {
		for j := range t.rows {
			if !other[t.header] && !done(at) {
				rows = append(rows, &looseRow{at, sc.Examples[i].Header, sc.Examples[i].Rows[j].Cells})
			}
			at++
		}
	}
	return rows
}

// sharedColumns are the columns that every loose row on both sides has.
func sharedColumns(was, is []*looseRow) []string {
	var shared []string
	for i, r := range slices.Concat(was, is) {
		if i == 0 {
			shared = slices.Sorted(slices.Values(r.header))
			continue
		}
		shared = slices.DeleteFunc(shared, func(c string) bool { return !slices.Contains(r.header, c) })
	}
	return slices.Compact(shared)
}

func (r *looseRow) key(columns []string) string {
	var b strings.Builder
	for _, c := range columns {
		if i := slices.Index(r.header, c); i >= 0 && i < len(r.cells) {
			b.WriteString(r.cells[i])
		}
		b.WriteByte(0)
	}
	return b.String()
}
