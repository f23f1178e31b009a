package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/pack"
)

// fetcher gets what is missing from one server.
type fetcher struct {
	remote   remote
	server   string // its name for people
	bounds   bounds
	adv      *advertisement
	multiACK bool
	tmp      string
	wire     int64 // bytes received
	progress func(phase string, done, total int64)
	yield    func(ctx context.Context, worker int) // called by workers between objects
}

// needsMultiACK: Azure DevOps refuses clients that do not offer it. go-git understands its answers to a single round of haves,
// which is all that is sent.
func needsMultiACK(a Address) bool {
	host, _ := a.port(443)
	return host == "dev.azure.com" || host == "ssh.dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com") ||
		strings.Contains(a.Path, "/_git/")
}

// receive runs one request and keeps its pack in to.
func (f *fetcher) receive(ctx context.Context, req *packp.UploadPackRequest, to pack.Storage, phase string) (*pack.Pack, error) {
	res, err := f.remote.fetch(ctx, req)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	counted := &counter{r: packStream(req, res), n: &f.wire}
	p, err := pack.Receive(
		ctx,
		counted,
		to,
		f.bounds.packBytes,
		f.bounds.packObjects,
		func(done, total int64) { f.progress(phase, done, total) },
	)
	if err != nil {
		return nil, f.explain(err)
	}
	return p, nil
}

// explain says what is wrong with a pack that could not be received.
func (f *fetcher) explain(err error) error {
	var limit *behavepro.Problem
	text := err.Error()
	switch {
	case strings.Contains(text, "not our ref"), strings.Contains(text, "unadvertised object"):
		return fmt.Errorf("%w: %w", errWithheld, err)
	case errors.Is(err, behavepro.ErrLimit) && errors.As(err, &limit):
		return behavepro.Explain(err, f.server+" sent "+limit.Msg, "such a repository cannot be mirrored")
	}
	kind := fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err)
	if errors.Is(err, pack.ErrStorage) {
		return behavepro.Explain(kind, "what "+f.server+" sent could not be kept", "is there room in the data folder? It is tried again")
	}
	if _, says, ok := strings.Cut(text, "unexpected error: "); ok { // go-git's words for the server's
		return behavepro.Explain(kind, f.server+" broke its answer off and says: "+oneLine([]byte(says)), "it is tried again")
	}
	if errors.Is(err, behavepro.ErrCorrupt) {
		return behavepro.Explain(
			kind,
			f.server+" sent a pack that is damaged",
			"it is tried again; `git fsck` there tells whether the repository is whole",
		)
	}
	return behavepro.Explain(kind, f.server+" broke its answer off", "it is tried again")
}

type counter struct {
	r io.Reader
	n *int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// commits brings the commits and trees of wants into the mirror and, decoded, into objects. Where the server cannot leave blobs out,
// it returns the whole pack for the feature blobs to be taken from; the caller closes it.
func (f *fetcher) commits(ctx context.Context, m *mirror, o *objects, wants, haves, tips []behavepro.SHA) (whole *wholePack, err error) {
	req := f.adv.request(wants, haves, f.multiACK)
	if f.adv.partial() {
		f.adv.withoutBlobs(req)
		return nil, f.partial(ctx, m, o, req, wants, tips)
	}
	s := &spool{dir: f.tmp}
	p, err := f.receive(ctx, req, s, "fetching")
	if err != nil {
		s.close()
		return nil, err
	}
	w := &wholePack{spool: s, pack: p}
	if err := f.decode(ctx, p, o, wants); err != nil {
		s.close()
		return nil, err
	}
	err = f.keep(m, tips, func(file *os.File) (*pack.Pack, error) {
		small, err := p.Reduce(file)
		if errors.Is(err, behavepro.ErrCorrupt) {
			err = f.unreadable(err)
		}
		return small, err
	})
	if err != nil {
		s.close()
		return nil, err
	}
	return w, nil
}

// wholePack is a pack with blobs.
type wholePack struct {
	*spool
	pack *pack.Pack
}

func (f *fetcher) partial(ctx context.Context, m *mirror, o *objects, req *packp.UploadPackRequest, wants, tips []behavepro.SHA) error {
	return f.keep(m, tips, func(file *os.File) (*pack.Pack, error) {
		p, err := f.receive(ctx, req, file, "fetching")
		if err != nil {
			return nil, err
		}
		return p, f.decode(ctx, p, o, wants)
	})
}

// decode reads the commits and trees of a pack, among which must be those that were asked for.
func (f *fetcher) decode(ctx context.Context, p *pack.Pack, o *objects, wants []behavepro.SHA) error {
	f.progress("reading", 0, int64(p.Len()))
	skipped, err := p.Resolve(ctx, f.bounds.treeBytes, f.yielding(ctx, o.collector()), pack.Commit, pack.Tree, pack.Tag)
	if err != nil {
		return f.unreadable(err)
	}
	if skipped > 0 {
		return behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("%s has %d commits or trees larger than %s", f.server, skipped, pack.Bytes(f.bounds.treeBytes)),
			"such a repository cannot be mirrored",
		)
	}
	for _, want := range wants {
		if _, ok := o.commit(want); !ok {
			return behavepro.Explain(errNotSent, fmt.Sprintf("%s did not send commit %s, which was asked for", f.server, want),
				"check the repository there with `git fsck`; it is tried again")
		}
	}
	return nil
}

// errNotSent: an answer lacks a commit that was asked for.
var errNotSent = fmt.Errorf("not sent: %w", behavepro.ErrUnavailable)

// unreadable explains a pack whose objects cannot be read, or are not those that were asked for.
func (f *fetcher) unreadable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), f.server+" sent objects that cannot be read",
		"check the repository there with `git fsck`; it is tried again")
}

func (f *fetcher) yielding(ctx context.Context, visit pack.Visit) pack.Visit {
	return func(worker int, o pack.Object) error {
		f.yield(ctx, worker)
		return visit(worker, o)
	}
}

// keep adds a pack to the mirror. One that also holds blobs, sent despite the filter, is refused by its index.
func (f *fetcher) keep(m *mirror, tips []behavepro.SHA, write func(*os.File) (*pack.Pack, error)) error {
	err := m.keep(tips, write)
	if errors.Is(err, pack.ErrUnresolved) {
		return f.unreadable(err)
	}
	return err
}

// keep adds the pack that write leaves in a new file.
func (m *mirror) keep(tips []behavepro.SHA, write func(*os.File) (*pack.Pack, error)) error {
	file, err := m.incoming()
	if err != nil {
		return damagedIfGone(fmt.Errorf("keep pack: %w", err))
	}
	defer file.Close()
	p, err := write(file)
	if err == nil && p.Len() > 0 {
		err = damagedIfGone(m.add(p, file, tips))
	} else {
		err = errors.Join(err, os.Remove(file.Name()))
		if err == nil {
			err = damagedIfGone(m.setTips(tips))
		}
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// loadAll decodes everything that the mirror holds.
func (m *mirror) loadAll(ctx context.Context, o *objects, progress func(done, total int64)) error {
	for _, path := range m.packs() {
		err := loadPack(ctx, path, o, progress)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return &damage{filepath.Base(path) + " cannot be read", err}
		}
	}
	return nil
}

func loadPack(ctx context.Context, path string, o *objects, progress func(done, total int64)) error {
	kept, err := pack.OpenFile(path, MaxTreeBytes)
	if err != nil {
		return err
	}
	defer kept.Close()
	if err := kept.CheckIndex(); err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	p, err := pack.Receive(ctx, file, discard{file}, MaxPackBytes, MaxPackObjects, progress)
	if err != nil {
		return err
	}
	_, err = p.Resolve(ctx, MaxTreeBytes, o.collector(), pack.Commit, pack.Tree, pack.Tag)
	return err
}

// discard is storage for a pack that is a file already.
type discard struct{ io.ReaderAt }

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// tree reads and decodes one tree of an earlier fetch.
func (m *mirror) tree(n *names) func(context.Context, behavepro.SHA) ([]gitEntry, error) {
	recent := map[behavepro.SHA][]gitEntry{}
	return func(_ context.Context, sha behavepro.SHA) ([]gitEntry, error) {
		if e, ok := recent[sha]; ok {
			return e, nil
		}
		data, err := m.read(pack.Tree, sha)
		if err != nil {
			return nil, err
		}
		e, err := parseTree(nil, data, n)
		if err != nil {
			e = nil // a broken object, said when it came
		}
		if len(recent) > 10_000 {
			clear(recent)
		}
		recent[sha] = e
		return e, nil
	}
}
