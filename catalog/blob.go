package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// DocumentChange is the write of a parsed feature blob.
func (c *Catalog) DocumentChange(blob behavepro.SHA, doc *gherkin.Document) store.Change {
	return store.Change{Action: store.PutNew, Kind: kindBlob, Record: store.Record{Key: store.Key{blob.Raw()}, Body: gherkin.Encode(doc)}}
}

// Documents reads parsed feature blobs, in the order of their SHAs.
func (c *Catalog) Documents(ctx context.Context, blobs ...behavepro.SHA) ([]*gherkin.Document, error) {
	return fetch(ctx, c, kindBlob, blobs, c.documents.Get,
		func(b behavepro.SHA) store.Key { return store.Key{b.Raw()} },
		func(b behavepro.SHA, body []byte) (*gherkin.Document, error) {
			doc, err := gherkin.Decode(body)
			if err != nil {
				return nil, fmt.Errorf("read blob %s: %w: %w", b, behavepro.ErrCorrupt, err)
			}
			c.documents.Add(b, doc, len(body))
			return doc, nil
		})
}

// MissingBlobs returns those of the blobs that have not been parsed yet.
func (c *Catalog) MissingBlobs(ctx context.Context, blobs []behavepro.SHA) ([]behavepro.SHA, error) {
	const batch = 1000
	var missing []behavepro.SHA
	for len(blobs) > 0 {
		n := min(batch, len(blobs))
		keys := make([]store.Key, n)
		for i, b := range blobs[:n] {
			keys[i] = store.Key{b.Raw()}
		}
		have, err := c.scope.Get(ctx, kindBlob, keys...)
		if err != nil {
			return nil, err
		}
		for i, r := range have {
			if r.Rev == 0 {
				missing = append(missing, blobs[i])
			}
		}
		blobs = blobs[n:]
	}
	return missing, nil
}
