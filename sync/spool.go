package sync

import (
	"os"

	"github.com/behavepro/behavepro/sync/pack"
)

// spool keeps a pack that may hold what people wrote: in memory while it is small, else in a file that has no name, so that
// nothing of it stays below the data folder, whatever happens to the process.
type spool struct {
	pack.Memory
	size int64
	dir  string
	file *os.File
}

const spoolInMemory = 48 << 20

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.size+int64(len(p)) > spoolInMemory {
		f, err := os.CreateTemp(s.dir, "spool-*")
		if err != nil {
			return 0, err
		}
		if err := os.Remove(f.Name()); err != nil {
			f.Close()
			return 0, err
		}
		if _, err := f.Write(s.Bytes()); err != nil {
			f.Close()
			return 0, err
		}
		s.file, s.Memory = f, pack.Memory{}
	}
	s.size += int64(len(p))
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.Memory.Write(p)
}

// ReadAt implements io.ReaderAt.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, off)
	}
	return s.Memory.ReadAt(p, off)
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
}
