package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// Head is a repository's only mutable pointer, written last by compare-and-set: readers see all refs of a sync or none.
type Head struct {
	RefSet  behavepro.Hash  `cbor:"1,keyasint,omitzero"` // zero before the first sync
	Fence   int64           `cbor:"2,keyasint"`          // of the sync that owns the repository
	Default string          `cbor:"3,keyasint,omitempty"`
	Synced  int64           `cbor:"4,keyasint,omitempty"` // when, in milliseconds since 1970
	View    View            `cbor:"5,keyasint,omitempty"` // the view that the ref set's commits were indexed with
	Ended   []behavepro.SHA `cbor:"6,keyasint,omitempty"` // commits at which the server's history ended: a shallow clone's
	Deeper  int             `cbor:"7,keyasint,omitempty"` // how often it was found to go on behind them
	Rev     store.Revision  `cbor:"-"`
}

// Reading is the view that a sync reads a repository's commits with.
func (h Head) Reading(repo *Repository) View {
	return viewOf(repo.Path, gherkin.ParserVersion, h.Deeper)
}

// Behind reports whether the commits that readers see were read by an older parser, with another feature path or with less history than
// a sync would read them now.
func (h Head) Behind(repo *Repository) bool { return h.View != "" && h.View != h.Reading(repo) }

// Ref is a branch (its short name) and the commit that it names.
type Ref struct {
	Name string        `cbor:"1,keyasint"`
	SHA  behavepro.SHA `cbor:"2,keyasint"`
}

type refSet struct {
	Pages []behavepro.Hash `cbor:"1,keyasint"`
}

type refPage struct {
	Refs []Ref `cbor:"1,keyasint"`
}

// Head reads a repository's head; the zero Head before the first sync.
func (c *Catalog) Head(ctx context.Context, id behavepro.RepositoryID) (Head, error) {
	records, err := c.scope.Get(ctx, kindHead, store.Key{string(id)})
	if err != nil {
		return Head{}, fmt.Errorf("read head: %w", err)
	}
	h := Head{Rev: records[0].Rev}
	if h.Rev == 0 {
		return h, nil
	}
	return h, decode(kindHead, records[0].Body, &h)
}

// refLogTime orders the ref log.
const refLogTime = "2006-01-02T15:04:05.000Z"

// TakeHead writes a new fence, so that an older owner's PutHead fails from now on.
func (c *Catalog) TakeHead(ctx context.Context, id behavepro.RepositoryID, fence int64) (Head, error) {
	h, err := c.Head(ctx, id)
	if err != nil {
		return h, err
	}
	if h.Fence > fence {
		return h, fmt.Errorf("take over repository: a newer sync owns it: %w", behavepro.ErrConflict)
	}
	h.Fence = fence
	h.Rev, err = c.put(ctx, store.Relaxed, kindHead, store.Key{string(id)}, h.Rev, encode(h))
	return h, err
}

// PutHead publishes a ref set: it must have been written by PutRefSet. The head's Rev is what TakeHead returned.
func (c *Catalog) PutHead(ctx context.Context, id behavepro.RepositoryID, h Head) (Head, error) {
	at := time.UnixMilli(h.Synced).UTC().Format(refLogTime)
	if err := c.upsert(ctx, store.Relaxed, kindRefLog, store.Key{string(id), at}, encode(h.RefSet)); err != nil {
		return h, fmt.Errorf("log refs: %w", err)
	}
	rev, err := c.put(ctx, store.Durable, kindHead, store.Key{string(id)}, h.Rev, encode(h))
	if err != nil {
		return h, fmt.Errorf("publish refs: %w", err)
	}
	h.Rev = rev
	return h, nil
}

// PutRefSet writes refs in pages whose bounds depend on their content, so that one moved branch rewrites one page.
func (c *Catalog) PutRefSet(ctx context.Context, id behavepro.RepositoryID, refs []Ref) (behavepro.Hash, error) {
	hash, changes := refSetChanges(id, refs)
	if _, err := c.scope.Write(ctx, store.Relaxed, changes...); err != nil {
		return hash, fmt.Errorf("write refs: %w", err)
	}
	return hash, nil
}

// refSetChanges names a ref set by its content; the changes are the writes of its pages and, last, its own.
func refSetChanges(id behavepro.RepositoryID, refs []Ref) (behavepro.Hash, []store.Change) {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b Ref) int { return cmp.Compare(a.Name, b.Name) })
	var set refSet
	var changes []store.Change
	for len(refs) > 0 {
		n := pageEnd(refs)
		body := encode(refPage{refs[:n]})
		hash := behavepro.Sum("refpage", string(body))
		set.Pages = append(set.Pages, hash)
		changes = append(changes, store.Change{Kind: kindRefPage, Record: store.Record{Key: store.Key{string(id), hash.String()}, Body: body}})
		refs = refs[n:]
	}
	body := encode(set)
	hash := behavepro.Sum("refset", string(body))
	return hash, append(changes, store.Change{Kind: kindRefSet, Record: store.Record{Key: store.Key{string(id), hash.String()}, Body: body}})
}

func pageEnd(refs []Ref) int {
	const smallest, largest = 64, 1024
	for i := smallest; i < len(refs) && i < largest; i++ {
		if h := behavepro.Sum(refs[i].Name); h[0] == 0 {
			return i
		}
	}
	return min(len(refs), largest)
}

// Refs reads a ref set, sorted by name.
func (c *Catalog) Refs(ctx context.Context, id behavepro.RepositoryID, set behavepro.Hash) ([]Ref, error) {
	if set.IsZero() {
		return nil, nil
	}
	pages, err := c.refPages(ctx, id, set)
	if err != nil {
		return nil, err
	}
	keys := make([]store.Key, len(pages))
	for i, p := range pages {
		keys[i] = store.Key{string(id), p.String()}
	}
	records, err := c.scope.Get(ctx, kindRefPage, keys...)
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	var refs []Ref
	for _, r := range records {
		var page refPage
		if err := decode(kindRefPage, r.Body, &page); err != nil {
			return nil, err
		}
		refs = append(refs, page.Refs...)
	}
	return refs, nil
}

// refPages reads the names of a ref set's pages.
func (c *Catalog) refPages(ctx context.Context, id behavepro.RepositoryID, set behavepro.Hash) ([]behavepro.Hash, error) {
	records, err := c.scope.Get(ctx, kindRefSet, store.Key{string(id), set.String()})
	if err != nil {
		return nil, fmt.Errorf("read refs: %w", err)
	}
	if records[0].Rev == 0 {
		return nil, fmt.Errorf("read ref set: %w", behavepro.ErrNotFound)
	}
	var s refSet
	if err := decode(kindRefSet, records[0].Body, &s); err != nil {
		return nil, err
	}
	return s.Pages, nil
}

// At is a repository at one of its commits.
type At struct {
	Repository *Repository
	Ref        string // the branch that was asked for; "" for a commit
	SHA        behavepro.SHA
	Head       Head
}

// Resolve finds the commit that a branch name, a full SHA or a short SHA (7 digits or more) of an indexed commit names.
// "" is the default branch.
func (c *Catalog) Resolve(ctx context.Context, repo *Repository, name string) (At, error) {
	head, err := c.Head(ctx, repo.ID)
	at := At{Repository: repo, Head: head}
	if err != nil {
		return at, err
	}
	if head.RefSet.IsZero() {
		return at, behavepro.Explain(
			behavepro.ErrNotFound,
			fmt.Sprintf("repository %s has not been synced yet", repo.Name),
			"see `behavepro repos show "+repo.Name+"`",
		)
	}
	if name == "" {
		if name = head.Default; name == "" {
			return at, behavepro.Explain(
				behavepro.ErrNotFound,
				fmt.Sprintf("repository %s has no default branch", repo.Name),
				"name a branch or commit",
			)
		}
	}
	refs, err := c.Refs(ctx, repo.ID, head.RefSet)
	if err != nil {
		return at, err
	}
	branch := strings.TrimPrefix(name, "refs/heads/")
	if i, ok := slices.BinarySearchFunc(refs, branch, func(r Ref, n string) int { return cmp.Compare(r.Name, n) }); ok {
		at.Ref, at.SHA = branch, refs[i].SHA
		return at, nil
	}
	if at.SHA, err = c.resolveSHA(ctx, repo, head.View, name, refs); err != nil {
		return at, err
	}
	return at, nil
}

func (c *Catalog) resolveSHA(ctx context.Context, repo *Repository, view View, name string, refs []Ref) (behavepro.SHA, error) {
	unknown := behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("%q is neither a branch nor an indexed commit of %s", name, repo.Name),
		"branches and commits appear after a sync: `behavepro repos sync "+repo.Name+"`")
	if sha, err := behavepro.ParseSHA(name); err == nil {
		known, err := c.Commits(ctx, repo.ID, view, sha)
		if err != nil || known[0] == nil {
			return sha, cmp.Or(err, unknown)
		}
		return sha, nil
	}
	if len(name) < 7 || len(name) > 40 || strings.Trim(name, "0123456789abcdef") != "" {
		return behavepro.SHA{}, unknown
	}
	var found behavepro.SHA
	from, err := behavepro.ParseSHA(name + strings.Repeat("0", 40-len(name)))
	if err != nil {
		return found, unknown
	}
	to, _ := behavepro.ParseSHA(name + strings.Repeat("f", 40-len(name)))
	r := store.Range{Prefix: store.Key{string(repo.ID), string(view)}, From: from.Raw(), To: to.Raw() + "\x00", Limit: 2, KeysOnly: true}
	for record, err := range c.scope.Scan(ctx, kindCommit, r) {
		if err != nil {
			return found, err
		}
		if !found.IsZero() {
			return found, behavepro.Explain(
				behavepro.ErrInvalid,
				fmt.Sprintf("%q names more than one commit of %s", name, repo.Name),
				"give more digits",
			)
		}
		if found, err = behavepro.FromRaw(record.Key[2]); err != nil {
			return found, err
		}
	}
	if found.IsZero() {
		return found, unknown
	}
	return found, nil
}
