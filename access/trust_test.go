package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
)

func shopTrust() access.Trust {
	return access.Trust{
		Name: "acme/shop", Tenant: "t1", Projects: []behavepro.ProjectKey{"SHOP"}, Issuer: "https://ci.example.com", RepositoryID: "1001", OwnerID: "77",
		Refs: []string{"refs/heads/main", "refs/pull/*/merge"}, Events: []string{"push", "pull_request"},
	}
}

func shopJob(change func(*access.Job)) *access.Job {
	j := &access.Job{
		CIJob:        behavepro.CIJob{Issuer: "https://ci.example.com", Subject: "s", Ref: "refs/heads/main", Event: "push"},
		RepositoryID: "1001", OwnerID: "77", Repository: "acme/shop",
	}
	if change != nil {
		change(j)
	}
	return j
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	trust, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, shopTrust())
	if err != nil {
		t.Fatal(err)
	}
	more := shopTrust()
	more.Projects = []behavepro.ProjectKey{"PAY", "SHOP"}
	if _, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, more); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		tenant behavepro.TenantID
		change func(*access.Job)
		in     bool
	}{
		{"as it is trusted", "t1", nil, true},
		{"a pull request", "t1", func(j *access.Job) { j.Ref, j.Event = "refs/pull/12/merge", "pull_request" }, true},
		{"another tenant", "t2", nil, false},
		{"another issuer", "t1", func(j *access.Job) { j.Issuer = "https://ci.example.org" }, false},
		{"another repository", "t1", func(j *access.Job) { j.RepositoryID = "1002" }, false},
		{"the name under another owner", "t1", func(j *access.Job) { j.OwnerID = "78" }, false},
		{"another branch", "t1", func(j *access.Job) { j.Ref = "refs/heads/other" }, false},
		{"a branch that begins the same", "t1", func(j *access.Job) { j.Ref = "refs/heads/main2" }, false},
		{"a tag of that name", "t1", func(j *access.Job) { j.Ref = "refs/tags/main" }, false},
		{"the head of a pull request", "t1", func(j *access.Job) { j.Ref, j.Event = "refs/pull/12/head", "pull_request" }, false},
		{"a branch of that name below a pull request", "t1", func(j *access.Job) { j.Ref, j.Event = "refs/pull/12/x/merge", "pull_request" }, false},
		{"another event", "t1", func(j *access.Job) { j.Event = "schedule" }, false},
		{"pull_request_target", "t1", func(j *access.Job) { j.Event = "pull_request_target" }, false},
	} {
		who, err := r.Admit(t.Context(), test.tenant, shopJob(test.change))
		switch {
		case !test.in && !errors.Is(err, behavepro.ErrForbidden):
			t.Errorf("%s: got %+v, %v", test.name, who, err)
		case test.in && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.in && (!who.InProject("SHOP") || !who.InProject("PAY") || who.AllProjects || !who.Can(access.ResultsWrite) || who.Can(access.ResultsRead) ||
			who.Can(access.Admin) || who.Tenant != "t1" || who.Job == nil || who.Name != "acme/shop"):
			t.Errorf("%s: got %+v", test.name, who)
		}
	}
	if err := r.RemoveTrust(t.Context(), "t2", trust.ID); !errors.Is(err, behavepro.ErrNotFound) {
		t.Errorf("another tenant removes it: %v", err)
	}
	for _, one := range list(t, r, "t1") {
		if err := r.RemoveTrust(t.Context(), "t1", one.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Admit(t.Context(), "t1", shopJob(nil)); !errors.Is(err, behavepro.ErrForbidden) {
		t.Errorf("after the trusts ended: %v", err)
	}
}

// TestGateOfTrusts: a job reads results only where all trusts that fit it let it, so that no trust widens what another reaches.
func TestGateOfTrusts(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	reads := func() bool {
		t.Helper()
		who, err := r.Admit(t.Context(), "t1", shopJob(nil))
		if err != nil || !who.Can(access.ResultsWrite) || who.Can(access.ReposRead) || who.Can(access.ReposWrite) {
			t.Fatalf("got %+v, %v", who, err)
		}
		return who.Can(access.ResultsRead)
	}
	wish := shopTrust()
	wish.Gate = true
	if _, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, wish); err != nil {
		t.Fatal(err)
	}
	if !reads() {
		t.Error("a trust for gates opens none")
	}
	wish.Gate, wish.Projects = false, []behavepro.ProjectKey{"PAY"}
	other, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, wish)
	if err != nil {
		t.Fatal(err)
	}
	if reads() {
		t.Error("a trust for PAY, which is for pushing only, lets the job read")
	}
	if err := r.RemoveTrust(t.Context(), "t1", other.ID); err != nil || !reads() {
		t.Errorf("without the other trust: %v", err)
	}
}

func list(t *testing.T, r *access.Registry, tenant behavepro.TenantID) []access.Trust {
	t.Helper()
	all, err := r.Trusts(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTrustChecks: a trust that leaves something open is not kept.
func TestTrustChecks(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	for name, spoil := range map[string]func(*access.Trust){
		"no project":           func(w *access.Trust) { w.Projects = nil },
		"no issuer":            func(w *access.Trust) { w.Issuer = "" },
		"no repository":        func(w *access.Trust) { w.RepositoryID = "" },
		"no owner":             func(w *access.Trust) { w.OwnerID = "" },
		"no ref":               func(w *access.Trust) { w.Refs = nil },
		"no event":             func(w *access.Trust) { w.Events = nil },
		"an empty event":       func(w *access.Trust) { w.Events = []string{""} },
		"a short ref":          func(w *access.Trust) { w.Refs = []string{"main"} },
		"braces in a ref":      func(w *access.Trust) { w.Refs = []string{"refs/heads/{a,b}"} },
		"stars in a word":      func(w *access.Trust) { w.Refs = []string{"refs/heads/a**"} },
		"pull_request_target":  func(w *access.Trust) { w.Events = []string{"pull_request_target"} },
		"a name of 501 bytes":  func(w *access.Trust) { w.Name = strings.Repeat("x", 501) },
		"a hundred refs and 1": func(w *access.Trust) { w.Refs = append(make([]string, 100), "refs/heads/x") },
	} {
		wish := shopTrust()
		spoil(&wish)
		if _, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, wish); !errors.Is(err, behavepro.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all := list(t, r, "t1"); len(all) != 0 {
		t.Errorf("%d were kept", len(all))
	}
	if _, err := r.AddTrust(t.Context(), behavepro.Change{At: now}, shopTrust()); err != nil {
		t.Fatal(err)
	}
	if err := r.RemoveTenant(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if all := list(t, r, "t1"); len(all) != 0 {
		t.Errorf("%d outlive their tenant", len(all))
	}
}
