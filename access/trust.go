package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/store"
)

// MaxTrusts is how many repositories of CI services a tenant may trust.
const MaxTrusts = 1000

// Bounds of what a trust says.
const (
	maxTrustText  = 500
	maxTrustWords = 100
)

// Trust lets the jobs of one repository at a CI service push results without an API token. All that it names has to fit.
type Trust struct {
	ID           string                 `cbor:"1,keyasint"`
	Name         string                 `cbor:"2,keyasint"` // for people; pushes say it
	Tenant       behavepro.TenantID     `cbor:"3,keyasint"`
	Projects     []behavepro.ProjectKey `cbor:"4,keyasint"`           // that its pushes reach
	Repository   behavepro.RepositoryID `cbor:"5,keyasint,omitempty"` // "" means all of the projects
	Issuer       string                 `cbor:"6,keyasint"`
	RepositoryID string                 `cbor:"7,keyasint"` // the service's own number: a name can be given away
	OwnerID      string                 `cbor:"8,keyasint"` // of its owner or namespace
	Refs         []string               `cbor:"9,keyasint"` // patterns of full names, such as refs/heads/main; see refMatches
	Events       []string               `cbor:"10,keyasint"`
	Created      time.Time              `cbor:"11,keyasint"`
	Gate         bool                   `cbor:"12,keyasint,omitempty"` // its jobs may ask gates of the projects, too
	Doublestar   bool                   `cbor:"13,keyasint,omitempty"` // Refs were written when * no longer crossed a slash; set by AddTrust
	CreatedBy    behavepro.Change       `cbor:"14,keyasint,omitzero"`
}

// Job is a CI job as its service's ID token tells of it.
type Job struct {
	behavepro.CIJob
	RepositoryID string
	OwnerID      string
	Repository   string // its name, for people
	Commit       behavepro.SHA
}

// noEvent runs with the rights of the base repository on what a stranger wrote.
const noEvent = "pull_request_target"

func (t *Trust) check() error {
	wrong := func(what string) error { return behavepro.Explain(behavepro.ErrInvalid, what, "") }
	switch {
	case t.Tenant == "" || len(t.Projects) == 0:
		return wrong("a trust names the projects that its pushes reach")
	case t.Issuer == "" || t.RepositoryID == "" || t.OwnerID == "":
		return wrong("a trust names an issuer, the id of a repository and the id of its owner")
	case len(t.Refs) == 0 || len(t.Events) == 0:
		return wrong("a trust names refs and events")
	case len(t.Refs) > maxTrustWords || len(t.Events) > maxTrustWords:
		return wrong(fmt.Sprintf("a trust has at most %d refs and events", maxTrustWords))
	case slices.Contains(t.Events, noEvent):
		return wrong(noEvent + " is never trusted: it runs with your rights on what strangers wrote")
	}
	for _, word := range slices.Concat([]string{t.Name, t.Issuer, t.RepositoryID, t.OwnerID}, t.Refs, t.Events) {
		if len(word) > maxTrustText || word == "" && word != t.Name {
			return wrong(fmt.Sprintf("a word of a trust is empty, or has more than %d bytes", maxTrustText))
		}
	}
	for _, ref := range t.Refs {
		if !strings.HasPrefix(ref, "refs/") {
			return behavepro.Explain(
				behavepro.ErrInvalid,
				fmt.Sprintf("%q is no full name of a ref", ref),
				"write refs/heads/main, or refs/heads/** for all branches",
			)
		}
		if err := checkRefPattern(ref); err != nil {
			return err
		}
	}
	return nil
}

// Fits reports whether a job is what the trust names.
func (t *Trust) Fits(j *Job) bool {
	return t.Issuer == j.Issuer && t.RepositoryID == j.RepositoryID && t.OwnerID == j.OwnerID && j.Event != noEvent &&
		slices.Contains(t.Events, j.Event) && slices.ContainsFunc(t.Refs, func(pattern string) bool { return t.refMatches(pattern, j.Ref) })
}

// AddTrust keeps a trust and returns it with its id. More than MaxTrusts are ErrLimit.
func (r *Registry) AddTrust(ctx context.Context, by behavepro.Change, t Trust) (Trust, error) {
	if err := t.check(); err != nil {
		return Trust{}, err
	}
	r.making.Lock()
	defer r.making.Unlock()
	before, err := r.Trusts(ctx, t.Tenant)
	if err != nil {
		return Trust{}, err
	}
	if len(before) >= MaxTrusts {
		return Trust{}, behavepro.Explain(
			behavepro.ErrLimit,
			fmt.Sprintf("there are %d trusted repositories of CI services, and no more may be", MaxTrusts),
			"remove those that nobody uses: `syncd trust list`",
		)
	}
	t.ID, t.Created, t.CreatedBy, t.Doublestar = newID(), by.At.UTC(), by, true
	if err := r.put(ctx, store.Durable, trustKind, t.ID, 0, t, "tenant", string(t.Tenant)); err != nil {
		return Trust{}, fmt.Errorf("add trust: %w", err)
	}
	return t, nil
}

// Trusts lists a tenant's trusts, the newest first.
func (r *Registry) Trusts(ctx context.Context, tenant behavepro.TenantID) ([]Trust, error) {
	var trusts []Trust
	for record, err := range r.scope.Scan(ctx, trustKind, store.Range{Index: "tenant", Prefix: store.Key{string(tenant)}}) {
		var t Trust
		if err == nil {
			err = decode(trustKind, record.Body, &t)
		}
		if err != nil {
			return nil, fmt.Errorf("list trusts: %w", err)
		}
		trusts = append(trusts, t)
	}
	slices.SortFunc(trusts, func(a, b Trust) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	return trusts, nil
}

// RemoveTrust ends a trust of a tenant; an unknown one, and one of another tenant, is ErrNotFound.
func (r *Registry) RemoveTrust(ctx context.Context, tenant behavepro.TenantID, id string) error {
	var t Trust
	rev, err := r.get(ctx, trustKind, id, &t)
	if err != nil {
		return fmt.Errorf("remove trust: %w", err)
	}
	if rev == 0 || t.Tenant != tenant {
		return behavepro.Explain(behavepro.ErrNotFound, fmt.Sprintf("there is no trust %q", id), "")
	}
	return r.remove(ctx, trustKind, id, rev)
}

// Admit turns a job that its service proved into a caller of a tenant: it may push results, and ask how those ended, in the
// projects of the trusts that fit, and read results for a gate where all of these say so. A job that none fits is ErrForbidden,
// and the text says what would have to be trusted.
func (r *Registry) Admit(ctx context.Context, tenant behavepro.TenantID, j *Job) (Principal, error) {
	trusts, err := r.Trusts(ctx, tenant)
	if err != nil {
		return Principal{}, err
	}
	who := Principal{Grant: Grant{Tenant: tenant, Verbs: []Verb{ResultsWrite}}, Job: j, Entry: behavepro.EntryAPI}
	gate := true
	for i := range trusts {
		t := &trusts[i]
		if !t.Fits(j) {
			continue
		}
		if who.TokenID == "" {
			who.Name, who.TokenID, who.Repository = cmp.Or(t.Name, j.Repository), t.ID, t.Repository
		}
		if t.Repository != who.Repository {
			continue // one grant has one repository: the newest trust decides
		}
		gate = gate && t.Gate
		for _, p := range t.Projects {
			if !slices.Contains(who.Projects, p) {
				who.Projects = append(who.Projects, p)
			}
		}
	}
	if who.TokenID == "" {
		return Principal{}, behavepro.Explain(
			behavepro.ErrForbidden,
			fmt.Sprintf(
				"no project trusts this job: repository %s (id %s, owner id %s) at %s, ref %s, event %s",
				j.Repository,
				j.RepositoryID,
				j.OwnerID,
				j.Issuer,
				j.Ref,
				j.Event,
			),
			"`syncd trust add` lets it in",
		)
	}
	if gate {
		who.Verbs = append(who.Verbs, ResultsRead)
	}
	return who, nil
}
