package checkout

import (
	"io"
	"os"

	"github.com/behavepro/behavepro"
)

// OpenRegular opens a regular file below a folder, whatever has become of the path since it was found.
func OpenRegular(dir, name string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	before, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!before.Mode().IsRegular() || !os.SameFile(before, info)) {
		err = behavepro.Explain(behavepro.ErrRefused, name+" is not a regular file any more", "")
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
