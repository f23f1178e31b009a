package pages

import (
	"html/template"
	"sync"

	"github.com/behavepro/behavepro"
)

// drawings are the parts of pages that markup writes, as templates call them.
var drawings = template.FuncMap{
	"dot":      func(s behavepro.Status) template.HTML { return drawn(func(m *markup) { m.dot(s) }) },
	"pieces":   func(b bar) template.HTML { return drawn(func(m *markup) { m.pieces(b) }) },
	"mini":     func(b bar) template.HTML { return drawn(func(m *markup) { m.bar("mini", b) }) },
	"bar":      func(b bar) template.HTML { return drawn(func(m *markup) { m.bar("bar", b) }) },
	"strip":    func(s stripView) template.HTML { return drawn(func(m *markup) { m.strip(s) }) },
	"lozenges": func(all []lozenge) template.HTML { return drawn(func(m *markup) { m.lozenges(all) }) },
	"steps":    func(all []stepView) template.HTML { return drawn(func(m *markup) { m.steps(all) }) },
	"failures": func(all []failureView) template.HTML { return drawn(func(m *markup) { m.failures(all) }) },
	"gherkin":  func(b *block) template.HTML { return drawn(func(m *markup) { m.gherkin(b) }) },
	"place":    func(b *block) template.HTML { return drawn(func(m *markup) { m.place(b) }) },
	"blocks": func(all []block) template.HTML {
		return drawn(func(m *markup) {
			for i := range all {
				m.block(&all[i])
			}
		})
	},
	"lines": func(all []lineView) template.HTML {
		return drawn(func(m *markup) {
			for i := range all {
				m.line(&all[i])
			}
		})
	},
	"tree": func(t tree) template.HTML { return drawn(func(m *markup) { m.branch(t.Kids, t.Link) }) },
}

// drafts are what parts are written into, to be used again: growing a new one for each part took a quarter of all memory that
// pages asked for.
var drafts = sync.Pool{New: func() any { return new(markup) }}

func drawn(draw func(*markup)) template.HTML {
	m := drafts.Get().(*markup)
	defer drafts.Put(m)
	m.b = m.b[:0]
	draw(m)
	return m.html()
}

// dot is a status's sign, with its word for those who do not see it.
func (m *markup) dot(s behavepro.Status) {
	m.put(`<span class="st `, markOf(s), `" aria-hidden="true">`, signOf(s), `</span>`)
	m.element(`<span class="vh"`, s.Text(), `</span>`)
}

// pieces are the parts of a bar.
func (m *markup) pieces(b bar) {
	for _, p := range []struct {
		class constant
		x, n  int
	}{{"o", 0, b.Passed}, {"b", b.Passed, b.Failed}, {"s", b.Passed + b.Failed, b.Skipped}} {
		if p.n > 0 {
			m.put(`<rect class="`, p.class, `" x="`)
			m.number(p.x)
			m.put(`" width="`)
			m.number(p.n)
			m.put(`" height="1"/>`)
		}
	}
}

func (m *markup) bar(class constant, b bar) {
	m.put(`<svg class="`, class, `" viewBox="0 0 `)
	m.number(b.Width())
	m.put(` 1" preserveAspectRatio="none" role="img"`)
	m.attr("aria-label", b.Label())
	m.put(`>`)
	m.pieces(b)
	m.put(`</svg>`)
}

func (m *markup) strip(s stripView) {
	m.put(`<span class="strip" role="img"`)
	m.attr("aria-label", s.Label)
	m.attr("title", s.Label)
	m.put(`>`)
	for _, class := range s.Marks {
		if class == "" {
			m.put(`<i></i>`)
		} else {
			m.put(`<i class="`, class, `"></i>`)
		}
	}
	m.put(`</span>`)
}

func (m *markup) lozenges(all []lozenge) {
	for _, l := range all {
		m.put(`<span class="lz `, l.Class, `"`)
		m.attr("title", l.Title)
		m.element("", l.Text, `</span>`)
	}
}

func (m *markup) steps(all []stepView) {
	m.put(`<div class="g">`)
	for i := range all {
		m.step(&all[i])
	}
	m.put(`</div>`)
}

func (m *markup) step(s *stepView) {
	m.put(`<div class="s`)
	if s.Class != "" {
		m.put(" ", s.Class)
	}
	m.put(`" dir="auto">`)
	switch s.Class {
	case "fail":
		m.put(`<span class="vh">failed here: </span>`)
	case "added":
		m.put(`<span class="vh">new on branch: </span>`)
	case "gone":
		m.put(`<span class="vh">not on branch: </span>`)
	}
	m.element("<b", s.Keyword, "</b>")
	m.text(s.Space)
	for _, p := range s.Parts {
		if p.Literal {
			m.element("<em", p.Text, "</em>")
		} else {
			m.text(p.Text)
		}
	}
	m.put("</div>")
	if len(s.Table) > 0 {
		m.put(`<div class="scroll"><table>`)
		for i, row := range s.Table {
			m.put("<tr>")
			m.cells(row, s.Head && i == 0)
			m.put("</tr>")
		}
		m.put("</table></div>")
	}
	if s.Doc != nil {
		m.put(`<pre class="doc" dir="auto">`)
		if s.Doc.MediaType != "" {
			m.element(`<span class="muted"`, s.Doc.MediaType, "</span>\n")
		}
		m.text(s.Doc.Content)
		m.put("</pre>")
	}
	m.put("\n")
}

func (m *markup) cells(row []string, head bool) {
	for _, cell := range row {
		if head {
			m.element(`<th scope="col" dir="auto"`, cell, "</th>")
		} else {
			m.element(`<td dir="auto"`, cell, "</td>")
		}
	}
}

func (m *markup) examples(e *examplesView) {
	m.put(`<div class="ex">`)
	if e.Name != "" {
		m.element(`<p class="exname" dir="auto"`, e.Name, "</p>")
	}
	if len(e.Tags) > 0 {
		m.put(`<p class="muted">`)
		for _, tag := range e.Tags {
			m.text(tag)
			m.put(" ")
		}
		m.put("</p>")
	}
	if e.Description != "" {
		m.element(`<p class="desc" dir="auto"`, e.Description, "</p>")
	}
	m.put("\n", `<div class="scroll"><table><tr><th scope="col"><span class="vh">status</span></th>`)
	m.cells(e.Header, true)
	m.put("</tr>")
	for i := range e.Rows {
		row := &e.Rows[i]
		m.put(`<tr><td class="state">`)
		m.dot(row.Status)
		if row.Aside != "" {
			m.element(`<span class="lz w"`, row.Aside, "</span>")
		}
		m.put("</td>")
		m.cells(row.Cells, false)
		m.put("</tr>")
	}
	m.put("</table></div>")
	if e.More > 0 {
		m.element(`<p class="muted"`, "and "+plural(e.More, "more row", "more rows")+": see the history", "</p>")
	}
	m.put("</div>\n")
}

func (m *markup) failures(all []failureView) {
	for i := range all {
		f := &all[i]
		m.put(`<div class="err">`)
		if f.Where != "" {
			m.element(`<span class="muted"`, f.Where, "</span>\n")
		}
		if f.Step != "" {
			m.element("<b", f.Step, "</b>\n")
		}
		m.text(f.Message)
		m.put("</div>")
		m.evidence(f)
	}
}

// evidence is where in the code something failed, folded, and what was attached.
func (m *markup) evidence(f *failureView) {
	if f.Stack != "" {
		m.put(`<details class="stack"><summary class="muted">Stack</summary>`)
		m.element(`<div class="err"`, f.Stack, "</div></details>")
	}
	if len(f.Files) == 0 {
		return
	}
	m.put(`<div class="files row">`)
	for i := range f.Files {
		m.put(`<a target="_blank" rel="noopener noreferrer"`)
		m.attr("href", f.Files[i].Link)
		if f.Files[i].Image {
			m.put(`><img loading="lazy" alt=""`)
			m.attr("src", f.Files[i].Link)
		}
		m.put(">")
		m.element("<bdi", f.Files[i].Name, "</bdi></a>")
	}
	m.put("</div>")
}

// params are the results by param sets, grouped by the first param.
func (m *markup) params(groups []paramGroup) {
	if len(groups) == 0 {
		return
	}
	m.put(`<div class="sets">`)
	for i := range groups {
		m.put(`<div class="row">`)
		m.element(`<span class="muted"`, groups[i].Label, "</span>")
		for j := range groups[i].Sets {
			s := &groups[i].Sets[j]
			m.put("<span>")
			m.dot(s.Status)
			m.element("<bdi", s.rest(), "</bdi></span>")
		}
		m.put("</div>")
	}
	m.put("</div>")
}

// gherkin is the text of a scenario, with what failed in it.
func (m *markup) gherkin(b *block) {
	if b.Description != "" {
		m.element(`<p class="desc" dir="auto"`, b.Description, "</p>")
	}
	if len(b.Background) > 0 {
		m.put(`<div class="bg"><span class="muted">Background</span>`)
		m.steps(b.Background)
		m.put("</div>")
	}
	m.steps(b.Steps)
	for i := range b.Tables {
		m.examples(&b.Tables[i])
	}
	m.failures(b.Failures)
	m.params(b.Params)
	if b.MoreFailing > 0 {
		m.element(`<p class="muted"`, "and "+plural(b.MoreFailing, "more failure", "more failures")+": see the history", "</p>")
	}
}

// place says where a scenario is written, and what else is known of it.
func (m *markup) place(b *block) {
	m.put(`<a class="mono"`)
	m.attr("href", b.PlaceLink)
	m.element("", b.Place, "</a>")
	if b.Origin.Link != "" {
		m.put(`<a target="_blank" rel="noopener noreferrer"`)
		m.attr("href", b.Origin.Link)
		m.element("", "on "+b.Origin.Host, "</a>")
	}
	if len(b.Tags) > 0 {
		m.put("<span>")
		for i, tag := range b.Tags {
			if i > 0 {
				m.put(" ")
			}
			m.element("<bdi", tag, "</bdi>")
		}
		m.put("</span>")
	}
	for _, note := range b.Notes {
		m.element("<span", note, "</span>")
	}
}

func (m *markup) block(b *block) {
	m.put(`<details class="sc"`)
	m.attr("id", b.ID)
	if b.Open {
		m.put(" open")
	}
	m.put("><summary>")
	m.dot(b.Status)
	m.put(`<span class="name">`)
	m.element("<bdi", b.Name, "</bdi>")
	if b.Aside != "" {
		m.element(` <span class="muted"`, b.Aside, "</span>")
	}
	m.put("</span>")
	m.lozenges(b.Lozenges)
	m.strip(b.Strip)
	m.put("</summary>\n", `<div class="body">`)
	m.gherkin(b)
	m.put("\n", `<div class="foot muted">`)
	m.place(b)
	m.put("<a")
	m.attr("href", b.History)
	m.put(">History</a></div></div></details>\n")
}

// line is a scenario in one line.
func (m *markup) line(l *lineView) {
	m.put(`<a class="line"`)
	m.attr("href", l.Link)
	m.put(">")
	m.dot(l.Status)
	m.put(`<span class="name">`)
	m.element("<bdi", l.Name, "</bdi>")
	if l.Aside != "" {
		m.element(` <span class="muted"><bdi`, l.Aside, "</bdi></span>")
	}
	m.put("</span>")
	m.lozenges(l.Lozenges)
	m.strip(l.Strip)
	m.put("</a>\n")
}

// branch is a directory's part of the tree of features.
func (m *markup) branch(all []*node, link func(path string) string) {
	m.put("<ul>")
	for _, n := range all {
		m.put("<li><a")
		m.attr("href", link(n.Path))
		if n.Current {
			m.put(` aria-current="page"`)
		}
		m.put(">")
		m.bar("mini", n.Bar)
		m.element(`<bdi class="label"`, n.Name, "</bdi>")
		if n.Broken {
			m.put(`<span class="lz w" title="Something in this file could not be read">!<span class="vh"> has problems</span></span>`)
		}
		m.element(`<span class="grow"></span><span class="muted num"`, number(n.Bar.Total()), "</span></a>")
		if n.Dir && n.Open {
			m.branch(n.Kids, link)
		}
		m.put("</li>")
	}
	m.put("</ul>")
}
