package catalog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
)

// FeatureFile is a feature file at one commit. Document.Feature.Scenarios[i] is Identity.Scenarios[i]. What a caller
// gets is shared: it must not be changed.
type FeatureFile struct {
	Path         string
	Blob         behavepro.SHA
	IdentityHash behavepro.Hash
	Identity     *model.Identity   // nil from Paths
	Document     *gherkin.Document // nil from Paths and Identified, and for a file that is listed as a problem only
	Problems     []gherkin.Problem // of the document
	broken       bool              // as its tree says
}

// Feature is the parsed feature; nil where there is none.
func (f *FeatureFile) Feature() *gherkin.Feature {
	if f.Document == nil {
		return nil
	}
	return f.Document.Feature
}

// filesAtOnce is how many files are read from the store together.
const filesAtOnce = 256

// TreeOf returns the feature tree of a commit that was resolved. An unknown commit is ErrNotFound.
func (c *Catalog) TreeOf(ctx context.Context, at At) (behavepro.Hash, error) {
	commits, err := c.Commits(ctx, at.Repository.ID, at.view(), at.SHA)
	if err != nil {
		return behavepro.Hash{}, err
	}
	if commits[0] == nil {
		return behavepro.Hash{}, fmt.Errorf("commit %s of %s is not indexed: %w", at.SHA, at.Repository.Name, behavepro.ErrNotFound)
	}
	return commits[0].Tree, nil
}

// view is how the commits that readers see were indexed.
func (at At) view() View { return cmp.Or(at.Head.View, at.Repository.View()) }

// Paths lists the feature files of a commit by path, with blobs and names of identities only.
func (c *Catalog) Paths(ctx context.Context, at At) ([]*FeatureFile, error) {
	root, err := c.TreeOf(ctx, at)
	if err != nil {
		return nil, err
	}
	return c.treePaths(ctx, at.Repository.ID, root)
}

// treePaths walks a tree level by level, one read of the store for each.
func (c *Catalog) treePaths(ctx context.Context, repo behavepro.RepositoryID, root behavepro.Hash) ([]*FeatureFile, error) {
	const levelAtOnce = 1000
	var files []*FeatureFile
	names, hashes := []string{""}, []behavepro.Hash{root}
	for len(hashes) > 0 {
		n := min(levelAtOnce, len(hashes))
		trees, err := c.Trees(ctx, repo, hashes[:n]...)
		if err != nil {
			return nil, fmt.Errorf("list feature files: %w", err)
		}
		prefixes := names[:n]
		names, hashes = names[n:], hashes[n:]
		for i, t := range trees {
			for _, e := range t.Entries {
				if e.IsDir() {
					names, hashes = append(names, prefixes[i]+e.Name+"/"), append(hashes, e.Tree)
					continue
				}
				files = append(files, &FeatureFile{Path: prefixes[i] + e.Name, Blob: e.Blob, IdentityHash: e.Identity, broken: e.Broken})
			}
		}
	}
	slices.SortFunc(files, func(a, b *FeatureFile) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// Identified lists the feature files of a commit by path, with identities and without documents.
func (c *Catalog) Identified(ctx context.Context, at At) ([]*FeatureFile, error) {
	files, err := c.Paths(ctx, at)
	if err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(files, filesAtOnce) {
		if err := c.identify(ctx, at.Repository.ID, batch); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Each walks the feature files of a commit by path, reading some at a time. It stops at the first error, which it yields.
func (c *Catalog) Each(ctx context.Context, at At) iter.Seq2[*FeatureFile, error] {
	return func(yield func(*FeatureFile, error) bool) {
		files, err := c.Paths(ctx, at)
		if err != nil {
			yield(nil, err)
			return
		}
		for len(files) > 0 {
			batch := files[:min(filesAtOnce, len(files))]
			if err := c.read(ctx, at.Repository.ID, batch); err != nil {
				yield(nil, err)
				return
			}
			for i, f := range batch {
				files[i] = nil // not held for longer than its reader does
				if !yield(f, nil) {
					return
				}
			}
			files = files[len(batch):]
		}
	}
}

// Files reads all feature files of a commit, by path.
func (c *Catalog) Files(ctx context.Context, at At) ([]*FeatureFile, error) {
	var files []*FeatureFile
	for f, err := range c.Each(ctx, at) {
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// File reads the feature file at a path of a commit. None there is ErrNotFound.
func (c *Catalog) File(ctx context.Context, at At, path string) (*FeatureFile, error) {
	root, err := c.TreeOf(ctx, at)
	if err != nil {
		return nil, err
	}
	e, ok, err := c.entry(ctx, at.Repository.ID, root, path)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, behavepro.Explain(
			behavepro.ErrNotFound,
			fmt.Sprintf("%s is no feature file of %s at %s", path, at.Repository.Name, at.SHA.Short()),
			"`behavepro features list --repo "+at.Repository.Name+"` lists them",
		)
	}
	f := &FeatureFile{Path: path, Blob: e.Blob, IdentityHash: e.Identity}
	return f, c.read(ctx, at.Repository.ID, []*FeatureFile{f})
}

// viewed reads the feature files of some views.
func (c *Catalog) viewed(ctx context.Context, repo behavepro.RepositoryID, views []*FeatureView) ([]*FeatureFile, error) {
	files := make([]*FeatureFile, len(views))
	for i, v := range views {
		files[i] = &FeatureFile{Path: v.Path, Blob: v.Blob, IdentityHash: v.Identity}
	}
	return files, c.read(ctx, repo, files)
}

// entry descends a tree to a feature file.
func (c *Catalog) entry(ctx context.Context, repo behavepro.RepositoryID, root behavepro.Hash, path string) (TreeEntry, bool, error) {
	for {
		t, err := c.Tree(ctx, repo, root)
		if err != nil {
			return TreeEntry{}, false, err
		}
		name, rest, deeper := strings.Cut(path, "/")
		e, ok := t.Find(name)
		if !ok || deeper != e.IsDir() {
			return TreeEntry{}, false, nil
		}
		if !deeper {
			return e, true, nil
		}
		root, path = e.Tree, rest
	}
}

// identify adds identities.
func (c *Catalog) identify(ctx context.Context, repo behavepro.RepositoryID, files []*FeatureFile) error {
	hashes := make([]behavepro.Hash, len(files))
	for i, f := range files {
		hashes[i] = f.IdentityHash
	}
	identities, err := c.Identities(ctx, repo, hashes...)
	if err != nil {
		return fmt.Errorf("read feature files: %w", err)
	}
	for i, f := range files {
		f.Identity = identities[i]
	}
	return nil
}

// read adds identities and documents.
func (c *Catalog) read(ctx context.Context, repo behavepro.RepositoryID, files []*FeatureFile) error {
	if err := c.identify(ctx, repo, files); err != nil {
		return err
	}
	var blobs []behavepro.SHA
	for _, f := range files {
		if !isMarkdown(f.Path) {
			blobs = append(blobs, f.Blob)
		}
	}
	documents, err := c.Documents(ctx, blobs...)
	if err != nil {
		return fmt.Errorf("read feature files: %w", err)
	}
	for _, f := range files {
		if isMarkdown(f.Path) {
			f.Problems = []gherkin.Problem{{Message: "Markdown Gherkin is not supported by this parser"}}
			continue
		}
		f.Document, documents = documents[0], documents[1:]
		f.Problems = f.Document.Problems
		if f.Document.Feature == nil && len(f.Problems) == 0 {
			f.Problems = []gherkin.Problem{{Message: "there is no feature in it"}}
		}
		if feature := f.Document.Feature; feature != nil && len(feature.Scenarios) != len(f.Identity.Scenarios) {
			f.Document = nil
			f.Problems = append(slices.Clone(f.Problems), gherkin.Problem{Message: fmt.Sprintf(
				"its %d scenarios do not fit the %d that are known of it: sync the repository again",
				len(feature.Scenarios),
				len(f.Identity.Scenarios),
			)})
		}
	}
	return nil
}

func isMarkdown(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".feature.md") }
