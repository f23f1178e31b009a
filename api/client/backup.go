package client

import (
	"context"
	"io"
	"net/http"
)

// Backup writes a backup of the server's whole store to a writer as it arrives; what broke off has been written in part. It
// needs the server's own admin token. It is not repeated after something was written.
func (c *Client) Backup(ctx context.Context, to io.Writer) error {
	return c.do(ctx, call{method: http.MethodPost, path: []string{"backup"}, out: to})
}
