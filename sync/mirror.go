package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/sync/pack"
)

// mirror is the local bare copy of a repository: its commits and trees, nothing else. It is a cache: when it is damaged or
// gone, the next sync makes it anew.
type mirror struct {
	dir  string
	open []*pack.File
	tips []behavepro.SHA // commits whose whole history is here
	hurt bool            // it can be seen at once that something is missing
}

// damage is an error of a mirror that cannot serve any more: it is made anew. Its chain holds ErrCorrupt.
type damage struct {
	what  string
	cause error // may be nil
}

func (d *damage) Error() string {
	if d.cause == nil {
		return "mirror: " + d.what
	}
	return "mirror: " + d.what + ": " + d.cause.Error()
}

func (d *damage) Unwrap() error { return errors.Join(behavepro.ErrCorrupt, d.cause) }

// damagedIfGone makes damage of an error that says that files and folders of the mirror are gone, or are not what they should be.
func damagedIfGone(err error) error {
	if errors.Is(err, os.ErrNotExist) || misshapen(err) {
		return &damage{"files are gone", err}
	}
	return err
}

// misshapen: there is a file where a folder should be, or a folder where a file should be.
func misshapen(err error) bool {
	return errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}

// A mirror that is made anew grows besides the old one, which is then outdated and goes.
const (
	besides  = ".new"
	outdated = ".old"
)

// mirrorDir is where the mirror of a repository lives below a data folder.
func mirrorDir(data string, id behavepro.RepositoryID) string {
	return filepath.Join(data, "mirrors", string(id))
}

// openMirror opens or creates the mirror in dir. One whose files and folders are not what they should be is emptied; what is left of
// one that was being made anew goes.
func openMirror(dir string) (*mirror, error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		_ = os.Rename(dir+outdated, dir)
	}
	if err := errors.Join(os.RemoveAll(dir+besides), os.RemoveAll(dir+outdated)); err != nil {
		return nil, fmt.Errorf("open mirror: %w", err)
	}
	m, err := openMirrorAsIs(dir)
	if misshapen(err) {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("open mirror: %w", err)
		}
		return openMirrorAsIs(dir)
	}
	return m, err
}

func openMirrorAsIs(dir string) (*mirror, error) {
	for _, sub := range []string{"objects/pack", "refs"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("open mirror: %w", err)
		}
	}
	for name, content := range map[string]string{
		"HEAD": "ref: refs/heads/none\n", "config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
	} {
		path := filepath.Join(dir, name)
		if is, err := os.ReadFile(path); err != nil || string(is) != content {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				return nil, fmt.Errorf("open mirror: %w", err)
			}
		}
	}
	m := &mirror{dir: dir}
	leftovers, _ := filepath.Glob(filepath.Join(dir, "objects", "pack", "incoming-*"))
	for _, f := range leftovers {
		_ = os.Remove(f)
	}
	text, err := os.ReadFile(filepath.Join(dir, "tips"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open mirror: %w", err)
	}
	for line := range strings.FieldsSeq(string(text)) {
		sha, err := behavepro.ParseSHA(line)
		if err != nil {
			m.tips = nil
			break
		}
		m.tips = append(m.tips, sha)
	}
	m.reopen()
	m.hurt = m.looksHurt()
	return m, nil
}

// looksHurt reports whether packs or what belongs to them are missing or cut. Changed bytes are found when they are read.
func (m *mirror) looksHurt() bool {
	packs := m.packs()
	indexes, _ := filepath.Glob(filepath.Join(m.dir, "objects", "pack", "pack-*.idx"))
	if len(m.open) != len(packs) || len(indexes) != len(packs) || len(packs) > 0 && len(m.tips) == 0 {
		return true
	}
	return slices.ContainsFunc(m.open, func(f *pack.File) bool { return f.CheckEnds() != nil })
}

// reopen opens the packs. One whose index cannot be read is left out: what it held will be missed.
func (m *mirror) reopen() {
	m.close()
	for _, path := range m.packs() {
		if f, err := pack.OpenFile(path, MaxTreeBytes); err == nil {
			m.open = append(m.open, f)
		}
	}
}

func (m *mirror) close() {
	for _, f := range m.open {
		_ = f.Close()
	}
	m.open = nil
}

// packs lists the pack files.
func (m *mirror) packs() []string {
	found, _ := filepath.Glob(filepath.Join(m.dir, "objects", "pack", "pack-*.pack"))
	return found
}

// has reports whether an object is here.
func (m *mirror) has(sha behavepro.SHA) bool {
	return slices.ContainsFunc(m.open, func(f *pack.File) bool { return f.Has(sha) })
}

// hasCommit reports whether an object is here and a commit, as far as can be told: damage is for who reads it.
func (m *mirror) hasCommit(sha behavepro.SHA) bool {
	for _, f := range m.open {
		if typ, _, err := f.Read(sha); !errors.Is(err, behavepro.ErrNotFound) {
			return err != nil || typ == pack.Commit
		}
	}
	return false
}

// read reads an object that must be here: one that is not means a damaged mirror. It must not be changed.
func (m *mirror) read(typ pack.Type, sha behavepro.SHA) ([]byte, error) {
	for _, f := range m.open {
		is, data, err := f.Read(sha)
		if errors.Is(err, behavepro.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, &damage{fmt.Sprintf("%s %s cannot be read", typ, sha), err}
		}
		if is != typ {
			return nil, &damage{fmt.Sprintf("%s %s is a %s", typ, sha, is), nil}
		}
		return data, nil
	}
	return nil, &damage{fmt.Sprintf("%s %s is missing", typ, sha), nil}
}

// incoming is a file for a pack that is not part of the mirror yet.
func (m *mirror) incoming() (*os.File, error) {
	return os.CreateTemp(filepath.Join(m.dir, "objects", "pack"), "incoming-*")
}

// add publishes a pack with its index, and then the tips that are complete with it.
func (m *mirror) add(p *pack.Pack, file *os.File, tips []behavepro.SHA) error {
	base := filepath.Join(m.dir, "objects", "pack", "pack-"+p.Checksum().String())
	idx, err := m.incoming()
	if err != nil {
		return fmt.Errorf("publish pack: %w", err)
	}
	defer os.Remove(idx.Name()) // where it was not published
	defer idx.Close()
	if err := p.WriteIndex(idx); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), idx.Sync(), os.Rename(file.Name(), base+".pack"), os.Rename(idx.Name(), base+".idx")); err != nil {
		return fmt.Errorf("publish pack: %w", err)
	}
	m.reopen()
	return m.setTips(tips)
}

func (m *mirror) setTips(tips []behavepro.SHA) error {
	var text bytes.Buffer
	for _, t := range tips {
		text.WriteString(t.String() + "\n")
	}
	path := filepath.Join(m.dir, "tips")
	if err := os.WriteFile(path+".new", text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("publish tips: %w", err)
	}
	m.tips = tips
	err := os.Rename(path+".new", path)
	if errors.Is(err, os.ErrExist) || misshapen(err) { // a folder stands there
		err = errors.Join(os.RemoveAll(path), os.Rename(path+".new", path))
	}
	return err
}

// replaceWith puts another mirror, made beside it, in its place.
func (m *mirror) replaceWith(fresh *mirror) error {
	m.close()
	fresh.close()
	old := m.dir + outdated
	err := errors.Join(os.RemoveAll(old), os.Rename(m.dir, old))
	if err == nil || errors.Is(err, os.ErrNotExist) { // it may be gone
		err = errors.Join(os.Rename(fresh.dir, m.dir), os.RemoveAll(old))
	}
	if err != nil {
		return fmt.Errorf("replace mirror: %w", err)
	}
	m.tips = fresh.tips
	m.reopen()
	return nil
}

// CommitInfo is what people see of a commit: no e-mail address.
type CommitInfo struct {
	Author  string
	Time    time.Time // the author's
	Subject string
}

// Describe reads commits of a repository's mirror for showing; one that is not there is left out.
func (e *Engine) Describe(ctx context.Context, id behavepro.RepositoryID, shas ...behavepro.SHA) map[behavepro.SHA]CommitInfo {
	out := map[behavepro.SHA]CommitInfo{}
	dir := mirrorDir(e.options.Data, id)
	if _, err := os.Stat(filepath.Join(dir, "objects")); err != nil {
		return out
	}
	m := &mirror{dir: dir}
	m.reopen()
	defer m.close()
	for _, sha := range shas {
		if ctx.Err() != nil {
			return out
		}
		data, err := m.read(pack.Commit, sha)
		if err != nil {
			continue
		}
		var c object.Commit
		raw := &plumbing.MemoryObject{}
		raw.SetType(plumbing.CommitObject)
		if _, err := raw.Write(data); err != nil || c.Decode(raw) != nil {
			continue
		}
		subject, _, _ := strings.Cut(c.Message, "\n")
		out[sha] = CommitInfo{Author: c.Author.Name, Time: c.Author.When, Subject: subject}
	}
	return out
}
