package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/store"
	"github.com/behavepro/behavepro/store/embedded"
)

// OpenData opens the store of a data folder on which no server runs. It makes nothing: a folder without data is ErrNotFound.
func OpenData(ctx context.Context, data, keyFile string) (*store.Store, error) {
	if !embedded.Holds(data) {
		return nil, behavepro.Explain(behavepro.ErrNotFound, "there is no data in "+data, "name the server's data folder with --data")
	}
	return embedded.OpenDir(ctx, data, Kinds(), embedded.Options{KeyFile: keyFile, Logger: slog.New(slog.DiscardHandler)})
}

// CheckStore checks the engine's files, then every record, then the references between them. report is called with each finding.
func CheckStore(ctx context.Context, s *store.Store, report func(catalog.Flaw)) (records int, done catalog.Checked, err error) {
	damages, err := s.Check(ctx)
	if err != nil {
		return 0, done, err
	}
	for _, text := range damages {
		report(catalog.Flaw{What: "the store's file is damaged: " + text, Do: "restore a backup"})
	}
	for _, kind := range Kinds() {
		if !kind.Directory {
			continue
		}
		n, err := s.Directory().Verify(ctx, kind, func(key string, err error) {
			report(catalog.Flaw{What: fmt.Sprintf("record %s of kind %s: %v", key, kind.Name, err), Do: "restore a backup"})
		})
		if records += n; err != nil {
			return records, done, err
		}
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return records, done, err
	}
	for _, id := range tenants {
		scope, err := s.Tenant(ctx, id)
		if err != nil {
			return records, done, err
		}
		c := catalog.Open(scope)
		n, err := c.CheckBodies(ctx, report)
		if records += n; err != nil {
			return records, done, err
		}
		one, err := c.Check(ctx, report)
		done.Add(one)
		if err != nil {
			return records, done, err
		}
	}
	return records, done, nil
}

// DumpStore writes the canonical dump of all tenants.
func DumpStore(ctx context.Context, s *store.Store, to io.Writer) error {
	out := bufio.NewWriterSize(to, 1<<20)
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, id := range tenants {
		scope, err := s.Tenant(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "{\"kind\":\"tenant\",\"tenant\":%q}\n", id)
		if err := catalog.Open(scope).Dump(ctx, out); err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	return out.Flush()
}
