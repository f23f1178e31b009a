package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Repository is a Git repository that is connected to projects.
type Repository struct {
	ID            behavepro.RepositoryID `json:"id"`
	Name          string                 `json:"name"`
	URL           string                 `json:"url"` // without a user's password
	Projects      []behavepro.ProjectKey `json:"projects"`
	SharedWith    []behavepro.ProjectKey `json:"sharedWith,omitempty"` // other projects that accepted it: they read it
	Branches      []string               `json:"branches"`             // glob patterns; empty means all
	Path          string                 `json:"path"`                 // feature root path; "" means the whole repository
	Links         []string               `json:"links"`                // link patterns; empty means the default forms
	Quarantine    string                 `json:"quarantine,omitempty"` // pattern of quarantine tags; "" means the default one
	PollSeconds   int64                  `json:"pollSeconds"`          // 0 means the server's default
	DefaultBranch string                 `json:"defaultBranch"`
	Added         time.Time              `json:"added"`
	Sync          Sync                   `json:"sync"`
	// Unplaced counts the results that wait for their commit, and those for the newest commit of the default branch that match no scenario.
	Unplaced int                 `json:"waitingOrUnmatched"`
	Problems []RepositoryProblem `json:"problems,omitempty"` // `repos show` only
}

// Sync is how the sync of a repository is doing.
type Sync struct {
	Phase      string     `json:"phase"` // "" before the first, then waiting, fetching, reading, parsing, linking, done, failed
	Done       int64      `json:"done"`
	Total      int64      `json:"total"`      // 0 is unknown
	ETASeconds int64      `json:"etaSeconds"` // 0 is unknown
	Started    *time.Time `json:"started"`
	Finished   *time.Time `json:"finished"` // of the last success
	First      bool       `json:"first"`    // no sync has succeeded yet
	Error      string     `json:"error,omitempty"`
	Hint       string     `json:"hint,omitempty"`
	Commits    int        `json:"commits"`
	Files      int        `json:"files"`    // feature files at the default branch
	Problems   int        `json:"problems"` // feature files with problems at the default branch
	Bytes      int64      `json:"bytes"`    // received by the last sync
	Busy       bool       `json:"busy"`     // a sync waits or runs
}

// RepositoryProblem is something of a repository that could not be read and is not bound to a feature file.
type RepositoryProblem struct {
	Commit  behavepro.SHA `json:"commit,omitzero"`
	Path    string        `json:"path,omitempty"`
	Message string        `json:"message"`
	At      time.Time     `json:"at"`
}

// RepositoryList is the answer of `repos list`.
type RepositoryList struct {
	Repositories []Repository `json:"repositories"`
	Next         string       `json:"next,omitempty"` // where more follow: ?after= it gives them
}

// Credential opens a repository. Its secrets travel to the server and never back.
type Credential struct {
	User       string `json:"user,omitempty"`
	Token      string `json:"token,omitempty"`
	SSHKey     string `json:"sshKey,omitempty"`
	KnownHosts string `json:"knownHosts,omitempty"`
}

// AddRepository asks for a repository to be connected.
type AddRepository struct {
	URL         string                 `json:"url"`
	Name        string                 `json:"name,omitempty"` // "" takes it from the URL
	Projects    []behavepro.ProjectKey `json:"projects"`
	Branches    []string               `json:"branches,omitempty"`
	Path        string                 `json:"path,omitempty"`
	Links       []string               `json:"links,omitempty"`      // link patterns, see docs/api.md
	Quarantine  string                 `json:"quarantine,omitempty"` // pattern of quarantine tags, see docs/api.md
	PollSeconds int64                  `json:"pollSeconds,omitempty"`
	Credential  *Credential            `json:"credential,omitempty"`
}

// AddedRepository is the answer: the hook's secret is told here and never again.
type AddedRepository struct {
	Repository Repository `json:"repository"`
	Hook       Hook       `json:"hook"`
	Warnings   []string   `json:"warnings,omitempty"`
}

// ChangeRepository changes the settings that are not nil.
type ChangeRepository struct {
	Name        *string                 `json:"name,omitempty"`
	Branches    *[]string               `json:"branches,omitempty"`
	Path        *string                 `json:"path,omitempty"`
	Projects    *[]behavepro.ProjectKey `json:"projects,omitempty"`
	Links       *[]string               `json:"links,omitempty"`
	Quarantine  *string                 `json:"quarantine,omitempty"`
	PollSeconds *int64                  `json:"pollSeconds,omitempty"`
}

// RemovedRepository says what went with a repository, and what stays for how long.
type RemovedRepository struct {
	Repository string   `json:"repository"`
	Removed    []string `json:"removed"`
	Kept       []string `json:"kept"`
}

// Hook is a webhook's address and secret, told once.
type Hook struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// Done is the answer of a change that has nothing else to tell.
type Done struct {
	Repository string `json:"repository,omitempty"`
	Token      string `json:"token,omitempty"`
	Done       string `json:"done"`
}
