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

// Bounds of what a server may send; over them a sync fails and says which.
const (
	MaxPackBytes   = 16 << 30
	MaxPackObjects = 100_000_000
	MaxTreeBytes   = 64 << 20 // of one commit or tree object
	MaxHaves       = 256
	wantsPerFetch  = 10_000
)

// fetcher gets what is missing from one server.
type fetcher struct {
	remote   remote
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
	return host == "dev.azure.com" || host == "ssh.dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com") || strings.Contains(a.Path, "/_git/")
}

// receive runs one request and keeps its pack in to.
func (f *fetcher) receive(ctx context.Context, req *packp.UploadPackRequest, to pack.Storage, phase string) (*pack.Pack, error) {
	res, err := f.remote.fetch(ctx, req)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	counted := &counter{r: packStream(req, res), n: &f.wire}
	p, err := pack.Receive(ctx, counted, to, MaxPackBytes, MaxPackObjects, func(done, total int64) { f.progress(phase, done, total) })
	if err != nil {
		if text := err.Error(); strings.Contains(text, "not our ref") || strings.Contains(text, "unadvertised object") {
			return nil, fmt.Errorf("%w: %w", errWithheld, err)
		}
		return nil, behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrUnavailable, err), "the answer of the server broke off", "it is tried again")
	}
	return p, nil
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
		return nil, f.partial(ctx, m, o, req, tips)
	}
	s := &spool{dir: f.tmp}
	p, err := f.receive(ctx, req, s, "fetching")
	if err != nil {
		s.close()
		return nil, err
	}
	w := &wholePack{spool: s, pack: p}
	if err := f.decode(ctx, p, o); err != nil {
		s.close()
		return nil, err
	}
	err = m.keep(tips, func(file *os.File) (*pack.Pack, error) { return p.Reduce(file) })
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

func (f *fetcher) partial(ctx context.Context, m *mirror, o *objects, req *packp.UploadPackRequest, tips []behavepro.SHA) error {
	return m.keep(tips, func(file *os.File) (*pack.Pack, error) {
		p, err := f.receive(ctx, req, file, "fetching")
		if err != nil {
			return nil, err
		}
		return p, f.decode(ctx, p, o)
	})
}

func (f *fetcher) decode(ctx context.Context, p *pack.Pack, o *objects) error {
	f.progress("reading", 0, int64(p.Len()))
	skipped, err := p.Resolve(ctx, MaxTreeBytes, f.yielding(ctx, o.collector()), pack.Commit, pack.Tree, pack.Tag)
	if err != nil {
		return behavepro.Explain(fmt.Errorf("%w: %w", behavepro.ErrCorrupt, err), "the server sent objects that cannot be read", "check the repository with `git fsck`")
	}
	if skipped > 0 {
		return behavepro.Explain(behavepro.ErrLimit, fmt.Sprintf("%d commits or trees are larger than %d MB", skipped, MaxTreeBytes>>20), "such a repository cannot be mirrored")
	}
	return nil
}

func (f *fetcher) yielding(ctx context.Context, visit pack.Visit) pack.Visit {
	return func(worker int, o pack.Object) error {
		f.yield(ctx, worker)
		return visit(worker, o)
	}
}

// keep adds the pack that write leaves in a new file. A pack that also holds blobs, sent despite the filter, is refused by its index.
func (m *mirror) keep(tips []behavepro.SHA, write func(*os.File) (*pack.Pack, error)) error {
	file, err := m.incoming()
	if err != nil {
		return fmt.Errorf("keep pack: %w", err)
	}
	defer file.Close()
	p, err := write(file)
	if err == nil && p.Len() > 0 {
		err = m.add(p, file, tips)
	} else {
		err = errors.Join(err, os.Remove(file.Name()))
		if err == nil {
			err = m.setTips(tips)
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
		if err := loadPack(ctx, path, o, progress); err != nil {
			return fmt.Errorf("read mirror: %s: %w: %w", filepath.Base(path), behavepro.ErrCorrupt, err)
		}
	}
	return nil
}

func loadPack(ctx context.Context, path string, o *objects, progress func(done, total int64)) error {
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
