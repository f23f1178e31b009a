package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/store"
)

// DocumentChange is the write of a parsed feature blob, seen on a day. A revision other than 0 is that of the document of an older
// parser, which it replaces.
func (c *Catalog) DocumentChange(blob behavepro.SHA, doc *gherkin.Document, seen Day, old store.Revision) store.Change {
	action := store.PutNew
	if old > 0 {
		action = store.PutIf
	}
	return store.Change{
		Action: action,
		Kind:   kindBlob,
		Record: store.Record{Key: store.Key{blob.Raw()}, Body: withDay(seen, gherkin.Encode(doc)), Rev: old},
	}
}

// Documents reads parsed feature blobs, in the order of their SHAs.
func (c *Catalog) Documents(ctx context.Context, blobs ...behavepro.SHA) ([]*gherkin.Document, error) {
	return fetch(ctx, c, kindBlob, blobs, c.documents.Get,
		func(b behavepro.SHA) store.Key { return store.Key{b.Raw()} },
		func(b behavepro.SHA, body []byte) (*gherkin.Document, error) {
			_, text := splitDay(body)
			doc, err := gherkin.Decode(text)
			if err != nil {
				return nil, fmt.Errorf("read blob %s: %w: %w", b, behavepro.ErrCorrupt, err)
			}
			c.documents.Add(b, doc, len(body))
			return doc, nil
		})
}

// MissingBlobs returns those of the blobs that are not stored, or were read by an older parser, with the revisions of the latter. It
// refreshes the day of those that are, so that a sweep that runs meanwhile leaves them alone: it deletes by revision.
func (c *Catalog) MissingBlobs(ctx context.Context, blobs []behavepro.SHA, today Day) (map[behavepro.SHA]store.Revision, error) {
	missing := map[behavepro.SHA]store.Revision{}
	for batch := range slices.Chunk(blobs, 1000) {
		keys := make([]store.Key, len(batch))
		for i, b := range batch {
			keys[i] = store.Key{b.Raw()}
		}
		have, err := c.scope.Get(ctx, kindBlob, keys...)
		if err != nil {
			return nil, fmt.Errorf("look for blobs: %w", err)
		}
		var refresh []store.Change
		var refreshed []behavepro.SHA
		for i, r := range have {
			switch seen, doc := splitDay(r.Body); {
			case r.Rev == 0, gherkin.ParserOf(doc) < gherkin.ParserVersion:
				missing[batch[i]] = r.Rev
			case today-seen > KeepDays/2:
				r.Key, r.Body = keys[i], withDay(today, doc)
				refresh = append(refresh, store.Change{Action: store.PutIf, Kind: kindBlob, Record: r})
				refreshed = append(refreshed, batch[i])
			}
		}
		out, err := c.scope.Write(ctx, store.Relaxed, refresh...)
		if err != nil {
			return nil, fmt.Errorf("refresh blobs: %w", err)
		}
		for i, o := range out {
			if o.Result == store.Conflict { // a sweep was faster, or another sync: read again
				again, err := c.MissingBlobs(ctx, refreshed[i:i+1], today)
				if err != nil {
					return nil, err
				}
				maps.Copy(missing, again)
			}
		}
	}
	return missing, nil
}
