package client

import (
	"time"

	"github.com/behavepro/behavepro"
)

// Token is an API token without its value.
type Token struct {
	ID             string                 `json:"id"`
	Name           string                 `json:"name"`
	Projects       []behavepro.ProjectKey `json:"projects"`                 // empty means all
	Repository     string                 `json:"repository,omitempty"`     // its id
	RepositoryName string                 `json:"repositoryName,omitempty"` // left out where the repository is gone
	Can            []string               `json:"can"`
	Created        time.Time              `json:"created"`
	Expires        *time.Time             `json:"expires"`  // null means never
	LastUsed       *time.Time             `json:"lastUsed"` // null means never
}

// TokenList is the tokens of a tenant.
type TokenList struct {
	Tokens []Token `json:"tokens"`
	Next   string  `json:"next,omitempty"` // where more follow: ?after= it gives them
}

// CreateToken asks for a token.
type CreateToken struct {
	Name           string                 `json:"name"`
	Projects       []behavepro.ProjectKey `json:"projects,omitempty"`
	Repository     string                 `json:"repository,omitempty"` // id or name; limits the token to it
	Can            []string               `json:"can,omitempty"`        // empty means what CI needs
	ExpiresSeconds int64                  `json:"expiresSeconds,omitempty"`
}

// CreatedToken tells a token's value, once.
type CreatedToken struct {
	Token Token  `json:"token"`
	Value string `json:"value"`
}

// Version says what runs.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go,omitempty"`
}

// Link opens the pages of a self-hosted start, once.
type Link struct {
	URL   string    `json:"url"`
	Until time.Time `json:"until"`
}
