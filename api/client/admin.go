package client

import (
	"context"
	"net/http"
)

// RotateAdmin makes the server write a new admin token to its data folder; the one before ends. It is not repeated after it
// may have been done.
func (c *Client) RotateAdmin(ctx context.Context) error {
	return c.do(ctx, call{method: http.MethodPost, path: []string{"admin-token"}})
}
