package connect

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// Adopt gives a site that has the app a tenant that is no site's, such as the one of a self-hosted start. It returns the tenant
// that the site had before, which nobody reaches any more. A tenant that another site has, or had, is ErrConflict.
func (s *Installs) Adopt(ctx context.Context, clientKey string, tenant behavepro.TenantID) (Install, behavepro.TenantID, error) {
	all, err := s.list(ctx, store.Key{string(tenant)})
	if err != nil {
		return Install{}, "", fmt.Errorf("adopt tenant: %w", err)
	}
	for i := range all {
		if all[i].ClientKey != clientKey {
			return Install{}, "", behavepro.Explain(behavepro.ErrConflict, fmt.Sprintf("tenant %q belongs to %s already", tenant, all[i].Host()), "")
		}
	}
	var before behavepro.TenantID
	install, err := s.known(ctx, clientKey, func(i *Install) error {
		switch before = i.Tenant; {
		case !i.Lives():
			return behavepro.Explain(behavepro.ErrGone, i.Host()+" is "+string(i.State), "install the app in Jira again")
		case before == tenant:
			return errSame
		}
		i.Tenant = tenant
		return nil
	})
	return install, before, err
}
