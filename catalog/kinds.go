package catalog

import "github.com/behavepro/behavepro/store"

func plain(name, why string) store.Field {
	return store.Field{Name: name, Guard: store.Plain, Why: why}
}
func keyed(name string) store.Field { return store.Field{Name: name, Guard: store.Keyed} }

var (
	inRepository = plain("repository", "a random id; groups what goes when a repository is removed")
	byCommit     = plain("commit", "a Git object name, looked up by CI and people")
	byPush       = plain("push", "a hash that makes a repeated push count once")
)

// Record kinds of the catalog.
var (
	kindRepository = &store.Kind{
		Name: "repository", Key: []store.Field{inRepository},
		Body: "name, URL without password, projects, those that it is offered to and those that accepted it, branch patterns, feature path, " +
			"link patterns, poll interval",
		Class: store.ClassOperational, Personal: store.WhoChanged,
		Purpose: "which repositories are connected", Retention: "until it is removed",
	}
	kindCredential = &store.Kind{
		Name: "credential", Key: []store.Field{inRepository},
		Body:  "user name, token or SSH key, known hosts",
		Class: store.ClassOperational, Personal: store.WhoChanged,
		Purpose: "to fetch from the repository", Retention: "until it is replaced or the repository is removed",
	}
	kindSyncState = &store.Kind{
		Name: "syncstate", Key: []store.Field{inRepository},
		Body:  "phase, progress, last success, last error",
		Class: store.ClassOperational, Purpose: "to show how a sync is doing", Retention: "until the repository is removed",
	}
	kindHead = &store.Kind{
		Name: "head", Key: []store.Field{inRepository},
		Body:  "the current ref set, default branch, fence, view, and where a shallow history ends",
		Class: store.ClassGit, Purpose: "the one pointer to what readers see", Retention: "until the repository is removed",
	}
	kindRefLog = &store.Kind{
		Name: "reflog", Key: []store.Field{inRepository, plain("time", "orders the log")},
		Body:  "a ref set",
		Class: store.ClassGit, Purpose: "which content the refs of the last 30 days reach", Retention: "30 days",
	}
	kindRefSet = &store.Kind{
		Name: "refset", Key: []store.Field{inRepository, keyed("hash")},
		Body:  "the pages of a ref set",
		Class: store.ClassGit, Purpose: "the refs of a repository at one time", Retention: "while the ref log names it",
	}
	kindRefPage = &store.Kind{
		Name: "refpage", Key: []store.Field{inRepository, keyed("hash")},
		Body:  "ref names and the commits that they name",
		Class: store.ClassGit, Purpose: "a part of a ref set", Retention: "while a ref set names it",
	}
	kindCommit = &store.Kind{
		Name: "commit",
		Key: []store.Field{
			inRepository,
			plain("view", "a hash of the feature path setting, the version of the parser and how often the history grew at its old end"),
			byCommit,
		},
		Body:  "parents, commit time, feature tree",
		Class: store.ClassGit, Purpose: "what was written at a commit", Retention: "while a ref reaches it, and 30 days more",
	}
	kindTree = &store.Kind{
		Name: "tree", Key: []store.Field{inRepository, keyed("hash")},
		Body:  "names, blobs and identities of a directory that leads to feature files",
		Class: store.ClassGit, Purpose: "which feature files a commit has", Retention: "while a commit names it",
	}
	kindIdentity = &store.Kind{
		Name: "identity", Key: []store.Field{inRepository, keyed("hash")},
		Body:  "the lineages and rows of one feature file",
		Class: store.ClassGit, Purpose: "the identity of scenarios through time", Retention: "while a feature tree names it",
	}
	kindBlob = &store.Kind{
		Name: "blob", Key: []store.Field{plain("blob", "a Git object name; the text is parsed once for it")},
		Body:  "the parsed feature file",
		Class: store.ClassAuthored, Purpose: "to show scenarios", Retention: "while a feature tree names it",
	}
	kindMention = &store.Kind{
		Name: "mention",
		Key: []store.Field{
			inRepository, plain("word", "an issue key, looked up by Jira and people"),
			plain("path", "a path inside the repository, looked up in a ref's tree"),
		},
		Body:  "nothing",
		Class: store.ClassGit, Purpose: "from an issue key to the feature files that may name it", Retention: "until the repository is removed",
	}
	kindPlace = &store.Kind{
		Name: "place", Key: []store.Field{inRepository, keyed("lineage")},
		Body:  "the paths that ever held a scenario",
		Class: store.ClassGit, Purpose: "to find a scenario at any ref", Retention: "until the repository is removed",
	}
	kindSweep = &store.Kind{
		Name: "sweep", Key: []store.Field{inRepository},
		Body:  "feature trees that a sweep is about to delete, or that the repository was removed, and when",
		Class: store.ClassOperational, Purpose: "to finish a sweep that was broken off", Retention: "until the sweep ends",
	}
	kindProblem = &store.Kind{
		Name: "problem", Key: []store.Field{inRepository, plain("id", "a random id or a name of a check")},
		Body:  "what went wrong, where, and what to do",
		Class: store.ClassOperational, Purpose: "to show what could not be read", Retention: "until it is solved or the repository is removed",
	}
)

// Kinds lists the record kinds of the catalog.
func Kinds() []*store.Kind {
	return []*store.Kind{
		kindRepository, kindCredential, kindSyncState, kindHead, kindRefLog, kindRefSet, kindRefPage, kindCommit, kindTree,
		kindIdentity, kindBlob, kindMention, kindPlace, kindSweep, kindProblem, kindPush, kindChunk, kindRow, kindSummary, kindResultsRevision,
		kindEvidence, kindAttachment, kindEvidenceRule, kindDefinitions,
	}
}
