package catalog

import (
	"context"
	"fmt"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/gherkin"
)

// mention is a key-shaped word and a path that names it.
type mention struct{ word, path string }

// mentioned reads the feature files and lists the mentions that they make. A file whose identity has another number of
// scenarios is told.
func (s *survey) mentioned(ctx context.Context) (map[mention]bool, error) {
	at := map[behavepro.SHA][]surveyedFile{}
	for f := range s.files {
		at[f.blob] = append(at[f.blob], f)
	}
	made := map[mention]bool{}
	err := s.documents(ctx, s.blobs, func(sha behavepro.SHA, doc *gherkin.Document) error {
		words, _ := gherkin.Mentions(doc)
		scenarios := 0
		if doc.Feature != nil {
			scenarios = len(doc.Feature.Scenarios)
		}
		for _, f := range at[sha] {
			for _, word := range words {
				made[mention{word, f.path}] = true
			}
			have, read := s.identities[f.identity]
			if (read || f.identity.IsZero()) && have != scenarios {
				err := s.flaw(fmt.Sprintf("blob %s at %s has %d scenarios, its identity %s has %d", sha, f.path, scenarios, f.identity, have))
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return made, err
}
