package sync

import (
	"context"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store"
)

// places knows every path that ever held a lineage of one repository: what the store knows, and what this sync adds.
type places struct {
	repo    behavepro.RepositoryID
	catalog *catalog.Catalog
	names   *names
	empty   bool // the store knows none: nothing needs to be asked
	known   map[behavepro.Lineage]*place
	changed []behavepro.Lineage
}

type place struct {
	paths [][]nameID
	rev   store.Revision
	dirty bool
}

func newPlaces(f *forest, empty bool) *places {
	return &places{repo: f.repo, catalog: f.catalog, names: f.names, empty: empty, known: map[behavepro.Lineage]*place{}}
}

// load makes lineages known, in one read of the store.
func (p *places) load(ctx context.Context, lineages ...behavepro.Lineage) error {
	var ask []behavepro.Lineage
	for _, l := range lineages {
		if p.known[l] == nil {
			p.known[l] = &place{}
			ask = append(ask, l)
		}
	}
	if p.empty || len(ask) == 0 {
		return nil
	}
	found, err := p.catalog.Places(ctx, p.repo, ask...)
	if err != nil {
		for _, l := range ask {
			delete(p.known, l)
		}
		return err
	}
	for i, f := range found {
		at := p.known[ask[i]]
		at.rev = f.Rev
		for _, path := range f.Paths {
			at.paths = append(at.paths, p.ids(path))
		}
	}
	return nil
}

func (p *places) ids(path string) []nameID {
	var ids []nameID
	for part := range strings.SplitSeq(path, "/") {
		ids = append(ids, p.names.id([]byte(part)))
	}
	return ids
}

// of returns the paths that ever held a lineage.
func (p *places) of(ctx context.Context, l behavepro.Lineage) ([][]nameID, error) {
	if err := p.load(ctx, l); err != nil {
		return nil, err
	}
	return p.known[l].paths, nil
}

// add notes that a lineage, which has been loaded, is at a path.
func (p *places) add(l behavepro.Lineage, path []nameID) {
	at := p.known[l]
	if at == nil {
		at = &place{}
		p.known[l] = at
	}
	for _, have := range at.paths {
		if slices.Equal(have, path) {
			return
		}
	}
	at.paths = append(at.paths, path)
	if !at.dirty {
		at.dirty = true
		p.changed = append(p.changed, l)
	}
}

// only reports whether a lineage was never anywhere else.
func (p *places) only(l behavepro.Lineage, path []nameID) bool {
	at := p.known[l]
	return at != nil && len(at.paths) == 1 && slices.Equal(at.paths[0], path)
}

// changes returns the writes of what was added since the last call. wrote must be told their revisions.
func (p *places) changes() (changes []store.Change, lineages []behavepro.Lineage) {
	for _, l := range p.changed {
		at := p.known[l]
		at.dirty = false
		out := catalog.Place{Rev: at.rev}
		for _, path := range at.paths {
			out.Paths = append(out.Paths, pathText(p.names, path))
		}
		changes = append(changes, catalog.PlaceChange(p.repo, l, out))
	}
	lineages, p.changed = p.changed, nil
	return changes, lineages
}

func (p *places) wrote(l behavepro.Lineage, rev store.Revision) { p.known[l].rev = rev }

func pathText(n *names, path []nameID) string {
	parts := make([]string, len(path))
	for i, id := range path {
		parts[i] = n.of(id)
	}
	return strings.Join(parts, "/")
}
