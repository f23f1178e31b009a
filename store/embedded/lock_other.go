//go:build !unix

package embedded

import (
	"fmt"

	"github.com/behavepro/behavepro"
)

func lockFolder(dir string) (unlock func() error, err error) {
	return nil, fmt.Errorf("lock %s: %w on this system", dir, behavepro.ErrUnsupported)
}
