package api

import (
	"net/http"

	"github.com/behavepro/behavepro/api/client"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/web"
)

// maxSteps bounds each list of an answer about steps; leftOut says how many more there are.
const maxSteps = 5000

// showSteps tells of unused and duplicate step definitions, and of steps that are written in more than one way.
func (s *Server) showSteps(x *web.Request) error {
	at, err := x.Catalog.Resolve(x.Context(), x.Repository, x.R.URL.Query().Get("commit"))
	if err != nil {
		return err
	}
	found, err := x.Catalog.Steps(x.Context(), at, x.Now)
	if err != nil {
		return err
	}
	doc := client.Steps{
		Repository: x.Repository.Name, Ref: at.Ref, Commit: at.SHA, Doubt: found.Doubt(), Defined: found.Defined,
		Pushes: mapped(found.Pushes, stepsPush),
		LeftOut: client.StepsLeftOut{
			Pushes: found.MorePushes, Unused: beyond(found.Unused), Duplicates: beyond(found.Duplicates), Variants: beyond(found.Variants),
			Definitions: found.Cut,
		},
		Unused:     mapped(found.Unused, definitionDoc),
		Duplicates: mapped(found.Duplicates, duplicateDoc),
		Variants:   mapped(found.Variants, variantsDoc),
	}
	return x.Reply(http.StatusOK, doc)
}

// mapped turns the entries of a list that an answer has room for into its own.
func mapped[A, B any](all []A, to func(A) B) []B {
	out := make([]B, min(len(all), maxSteps))
	for i := range out {
		out[i] = to(all[i])
	}
	return out
}

func beyond[A any](all []A) int { return max(0, len(all)-maxSteps) }

func stepsPush(p *catalog.Push) client.StepsPush {
	return client.StepsPush{
		ID: p.ID, Run: p.Run, Build: p.Build, BuildURL: p.BuildURL, Params: list(p.Params), Started: p.Started, Definitions: p.Definitions,
	}
}

func definitionDoc(d model.StepDefinition) client.StepDefinition { return client.StepDefinition(d) }

func duplicateDoc(d catalog.DuplicateStep) client.DuplicateStep {
	return client.DuplicateStep{Pattern: d.Pattern, Definitions: mapped(d.Definitions, definitionDoc)}
}

func variantsDoc(v catalog.StepVariants) client.StepVariants {
	return client.StepVariants{Ways: mapped(v.Ways, func(way catalog.StepWay) client.StepWay {
		return client.StepWay{
			Text:   way.Text,
			Count:  way.Count,
			Places: mapped(way.Places, func(at catalog.StepPlace) client.StepPlace { return client.StepPlace(at) }),
		}
	})}
}
