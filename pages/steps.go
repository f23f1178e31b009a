package pages

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/model"
)

type stepsPage struct {
	frame
	Name       string
	Docs       string
	Ready      bool // something was synced
	Picker     picker
	At         behavepro.SHA
	Ref        string
	Builds     []stepsBuild
	MoreBuilds int
	Doubt      string // why what seems unused may be used
	Cut        bool   // a push told more definitions than are kept
	Defined    int
	Unused     clipped[model.StepDefinition]
	Duplicates clipped[duplicateView]
	Variants   clipped[variantsView]
}

// stepsBuild is a push that tells step definitions.
type stepsBuild struct {
	Name, Link  string
	Params      string
	Started     time.Time
	Definitions int
}

// clipped is the beginning of a list, and how much is left out.
type clipped[A any] struct {
	All   []A
	Total int
}

// More counts what is left out.
func (c clipped[A]) More() int { return c.Total - len(c.All) }

type duplicateView struct {
	Pattern     string
	Definitions clipped[model.StepDefinition]
}

type variantsView struct{ Ways clipped[wayView] }

// wayView is one way in which a step is written.
type wayView struct {
	Text   string
	Count  int
	Places []placeView
	More   int // places that are not named
}

type placeView struct {
	Path string
	Line int
	Link string
}

// Bounds of the page; `behavepro steps` tells more.
const (
	listedSteps  = 200
	listedBuilds = 20
	listedWays   = 10
)

// clip shows the first entries of a list as they are written on a page.
func clip[A, B any](all []A, most int, show func(A) B) clipped[B] {
	out := clipped[B]{Total: len(all)}
	for _, a := range all[:min(len(all), most)] {
		out.All = append(out.All, show(a))
	}
	return out
}

func same[A any](a A) A { return a }

// steps shows unused and duplicate step definitions of a ref, and steps that are written in more than one way.
func (p *Pages) steps(v *Visit) error {
	r, err := v.repository()
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	if settle(q) {
		http.Redirect(v.W, v.R, p.link.steps(r, q.Get("ref")), http.StatusSeeOther)
		return nil
	}
	page := stepsPage{frame: p.frame(v.Now, "Steps · "+r.Name), Name: r.Name, Docs: p.link.documentation(r, nil)}
	page.Wide = true
	at, err := v.Catalog.Resolve(v.ctx(), r, q.Get("ref"))
	switch {
	case errors.Is(err, behavepro.ErrNotFound) && at.Head.RefSet.IsZero():
	case err != nil:
		return err
	default:
		if err := p.fillSteps(v, &page, at); err != nil {
			return err
		}
	}
	return p.render(v.W, v.R, http.StatusOK, "steps", &page)
}

func (p *Pages) fillSteps(v *Visit, page *stepsPage, at catalog.At) (err error) {
	ref := refOf(at)
	page.Ready, page.At, page.Ref = true, at.SHA, cmp.Or(at.Ref, at.SHA.Short())
	page.Docs = p.link.documentation(at.Repository, values("ref", ref))
	if page.Picker, err = p.picker(v, at, p.link.steps(at.Repository, ""), "ref", nil); err != nil {
		return err
	}
	s, err := v.Catalog.Steps(v.ctx(), at, v.Now)
	if err != nil {
		return err
	}
	builds := clip(s.Pushes, listedBuilds, stepsBuildOf)
	page.Builds, page.MoreBuilds = builds.All, builds.More()+s.MorePushes
	page.Doubt, page.Cut, page.Defined = s.Doubt(), s.Cut, s.Defined
	page.Unused = clip(s.Unused, listedSteps, same)
	page.Duplicates = clip(s.Duplicates, listedSteps, func(d catalog.DuplicateStep) duplicateView {
		return duplicateView{d.Pattern, clip(d.Definitions, listedWays, same)}
	})
	page.Variants = clip(s.Variants, listedSteps, func(variants catalog.StepVariants) variantsView {
		return variantsView{clip(variants.Ways, listedWays, func(way catalog.StepWay) wayView { return p.wayView(at, way) })}
	})
	return nil
}

func stepsBuildOf(push *catalog.Push) stepsBuild {
	b := stepsBuild{
		Name:        cmp.Or(buildName(push.Build), push.Run),
		Link:        webURL(push.BuildURL),
		Started:     push.Started,
		Definitions: push.Definitions,
	}
	if b.Name == "" {
		b.Name = "a push"
	}
	if len(push.Params) > 0 {
		b.Params = paramsLabel(push.Params)
	}
	return b
}

func (p *Pages) wayView(at catalog.At, way catalog.StepWay) wayView {
	out := wayView{Text: way.Text, Count: way.Count, More: way.Count - len(way.Places)}
	for _, place := range way.Places {
		out.Places = append(
			out.Places,
			placeView{place.Path, place.Line, p.link.documentation(at.Repository, values("ref", refOf(at), "path", place.Path))},
		)
	}
	return out
}
