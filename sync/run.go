package sync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
)

// run is one sync of one repository.
type run struct {
	engine   *Engine
	catalog  *catalog.Catalog
	repo     *catalog.Repository
	request  Request
	progress *progress
	anew     bool // the mirror is damaged

	head    catalog.Head
	fetcher *fetcher
	mirror  *mirror
	objects *objects
	forest  *forest
	loaded  bool // the whole mirror has been decoded
	indexed int  // commits that this sync added

	viewChanged bool // all commits were read anew
}

func (s *run) run(ctx context.Context) error {
	var err error
	if s.head, err = s.catalog.TakeHead(ctx, s.repo.ID, s.request.Fence); err != nil {
		return err
	}
	if err := s.catalog.Room(); err != nil {
		return err
	}
	s.progress.report("fetching", 0, 0)
	refs, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if s.mirror, err = openMirror(mirrorDir(s.engine.options.Data, s.repo.ID)); err != nil {
		return err
	}
	defer func() { s.mirror.close() }()
	n := newNames()
	s.objects = newObjects(n)
	s.forest = &forest{repo: s.repo.ID, catalog: s.catalog, names: n}

	tips := tipsOf(refs)
	whole, err := s.fetch(ctx, refs, tips)
	if err == nil {
		whole, err = s.fetchDeeper(ctx, tips, whole)
	}
	if whole != nil {
		defer whole.close()
	}
	if err != nil {
		return err
	}
	if err := s.index(ctx, tips, whole); err != nil {
		return err
	}
	if err := s.publish(ctx, refs); err != nil {
		return err
	}
	return s.count(ctx, refs)
}

// connect reads the server's advertisement and picks the branches to track.
func (s *run) connect(ctx context.Context) ([]catalog.Ref, error) {
	address, _, _, err := ParseAddress(s.repo.URL)
	if err != nil {
		return nil, err
	}
	cred, err := s.catalog.Credential(ctx, s.repo.ID)
	if err != nil {
		return nil, err
	}
	o := s.engine.options
	r, err := s.engine.openRemote(address, cred)
	if err != nil {
		return nil, err
	}
	adv, err := readAdvertisement(ctx, r)
	if err != nil {
		return nil, named(address.server(), err)
	}
	s.fetcher = &fetcher{
		remote:   r,
		server:   address.server(),
		bounds:   s.engine.bounds,
		adv:      adv,
		multiACK: needsMultiACK(address),
		tmp:      filepath.Join(o.Data, "tmp"),
		progress: s.progress.report,
		yield:    func(context.Context, int) {},
	}
	if s.request.Yields {
		s.fetcher.yield = s.engine.yield
	}
	refs := trackedBranches(adv.branches, s.repo.Branches)
	if len(refs) == 0 {
		return nil, behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("none of %d branches matches %q", len(adv.branches), s.repo.Branches),
			"change the patterns: `behavepro repos set "+s.repo.Name+" --branches …`")
	}
	return refs, nil
}

// named makes an error for people name the server.
func named(server string, err error) error {
	var p *behavepro.Problem
	if !errors.As(err, &p) || strings.Contains(p.Msg, server) {
		return err
	}
	return behavepro.Explain(err, server+": "+p.Msg, p.Hint)
}

func tipsOf(refs []catalog.Ref) []behavepro.SHA {
	seen := map[behavepro.SHA]bool{}
	var tips []behavepro.SHA
	for _, r := range refs {
		if !seen[r.SHA] {
			seen[r.SHA] = true
			tips = append(tips, r.SHA)
		}
	}
	return tips
}

// fetch brings the commits and trees that the mirror lacks.
func (s *run) fetch(ctx context.Context, refs []catalog.Ref, tips []behavepro.SHA) (*wholePack, error) {
	grown, limit := s.mirror.grown()
	if s.mirror.hurt {
		grown, limit = true, "damage"
	}
	if grown {
		s.engine.options.Log.Info("mirror is rebuilt", "repository", s.repo.ID, "packs", len(s.mirror.packs()), "limit", limit)
	}
	if grown || s.anew {
		whole, err := s.rebuild(ctx, tips)
		if err != nil {
			return whole, err
		}
		return whole, s.fetchCommits(ctx)
	}
	complete := map[behavepro.SHA]bool{}
	for _, t := range s.mirror.tips {
		complete[t] = true
	}
	var wants []behavepro.SHA
	for _, t := range tips {
		if !complete[t] && !s.mirror.hasHistory(t, complete) {
			wants = append(wants, t)
		}
	}
	if len(wants) == 0 {
		return nil, s.fetchCommits(ctx)
	}
	haves, err := s.haves(ctx, refs, complete)
	if err != nil {
		return nil, err
	}
	whole, err := s.fetcher.commits(ctx, s.mirror, s.objects, wants, haves, mergeTips(s.mirror.tips, tips))
	if len(haves) > 0 && errors.Is(err, errNotSent) {
		err = &damage{"what the server takes to be here is missing", err}
	}
	if err != nil {
		return whole, err
	}
	return whole, s.fetchCommits(ctx)
}

// fetchCommits asks for commits that no branch leads to. A server that withholds them ends nothing: their results wait.
func (s *run) fetchCommits(ctx context.Context) error {
	for _, want := range s.request.Commits {
		if s.mirror.has(want) || !s.fetcher.adv.partial() {
			continue
		}
		_, err := s.fetcher.commits(
			ctx,
			s.mirror,
			s.objects,
			[]behavepro.SHA{want},
			s.mirror.tips[:min(len(s.mirror.tips), MaxHaves)],
			s.mirror.tips,
		)
		if err != nil && !errors.Is(err, behavepro.ErrNotFound) && !errors.Is(err, behavepro.ErrUnavailable) {
			return err
		}
	}
	return nil
}

// rebuild makes the mirror anew beside the old one.
func (s *run) rebuild(ctx context.Context, tips []behavepro.SHA) (*wholePack, error) {
	fresh, err := openMirror(s.mirror.dir + besides)
	if err != nil {
		return nil, err
	}
	whole, err := s.fetcher.commits(ctx, fresh, s.objects, tips, nil, tips)
	if err != nil {
		fresh.close()
		return whole, errors.Join(err, os.RemoveAll(fresh.dir))
	}
	s.loaded = true
	return whole, s.mirror.replaceWith(fresh)
}

// publish writes the ref set and, last, the head.
func (s *run) publish(ctx context.Context, refs []catalog.Ref) error {
	set, err := s.catalog.PutRefSet(ctx, s.repo.ID, refs)
	if err != nil {
		return err
	}
	before := s.head
	s.head.RefSet, s.head.View, s.head.Ended = set, s.head.Reading(s.repo), s.fetcher.adv.ends()
	s.head.Default = defaultBranch(refs, s.fetcher.adv.head)
	if s.head.RefSet == before.RefSet && s.head.View == before.View && s.head.Default == before.Default &&
		slices.Equal(s.head.Ended, before.Ended) {
		return nil
	}
	s.head.Synced = s.engine.options.Now().UnixMilli()
	if s.head, err = s.catalog.PutHead(ctx, s.repo.ID, s.head); err != nil {
		return err
	}
	if s.viewChanged = before.View != "" && before.View != s.head.View; s.viewChanged {
		return s.catalog.DropView(ctx, s.repo.ID, before.View)
	}
	return nil
}

// count tells people how large the repository is.
func (s *run) count(ctx context.Context, refs []catalog.Ref) error {
	i := slices.IndexFunc(refs, func(r catalog.Ref) bool { return r.Name == s.head.Default })
	known, err := s.catalog.Commits(ctx, s.repo.ID, s.head.Reading(s.repo), refs[i].SHA)
	if err != nil {
		return err
	}
	files, broken, err := s.catalog.CountFiles(ctx, s.repo.ID, known[0].Tree)
	if err != nil {
		return err
	}
	s.progress.update(func(st *catalog.SyncState) {
		if st.Commits += s.indexed; s.viewChanged {
			st.Commits = s.indexed
		}
		st.Files, st.Problems, st.Wire = files, broken, s.fetcher.wire
	})
	return nil
}

// mergeTips joins old tips, which stay complete, with new ones. Old ones that pile up are cut: they only save traffic.
func mergeTips(old, tips []behavepro.SHA) []behavepro.SHA {
	out := slices.Clone(tips)
	seen := map[behavepro.SHA]bool{}
	for _, t := range tips {
		seen[t] = true
	}
	for _, t := range old {
		if !seen[t] && len(out) < len(tips)+MaxHaves {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// haves are commits that the server need not send again, the most telling first: where the branches that moved were, the default
// branch, then the rest.
func (s *run) haves(ctx context.Context, refs []catalog.Ref, complete map[behavepro.SHA]bool) ([]behavepro.SHA, error) {
	old, err := s.catalog.Refs(ctx, s.repo.ID, s.head.RefSet)
	if err != nil {
		return nil, err
	}
	now := map[string]behavepro.SHA{}
	for _, r := range refs {
		now[r.Name] = r.SHA
	}
	var haves []behavepro.SHA
	seen := map[behavepro.SHA]bool{}
	add := func(sha behavepro.SHA) {
		if complete[sha] && !seen[sha] && len(haves) < MaxHaves {
			seen[sha] = true
			haves = append(haves, sha)
		}
	}
	for _, moved := range []bool{true, false} {
		for _, r := range old {
			if (now[r.Name] != r.SHA) == moved && (moved || r.Name == s.head.Default) {
				add(r.SHA)
			}
		}
	}
	for _, sha := range s.mirror.tips {
		add(sha)
	}
	return haves, nil
}

// hasHistory reports whether a commit is here and, being here, complete: packs are added only with all that they reach.
func (m *mirror) hasHistory(sha behavepro.SHA, complete map[behavepro.SHA]bool) bool {
	return len(complete) > 0 && m.has(sha)
}

// grown reports whether the mirror has so many packs, or so much more than at first, that it is better made anew.
func (m *mirror) grown() (bool, string) {
	const mostPacks = 50
	packs := m.packs()
	if len(packs) > mostPacks {
		return true, "packs"
	}
	first, rest := int64(0), int64(0)
	for _, p := range packs {
		if info, err := os.Stat(p); err == nil {
			first, rest = max(first, info.Size()), rest+info.Size()
		}
	}
	return len(packs) > 1 && rest > 2*first && rest > 8<<20, "size"
}
