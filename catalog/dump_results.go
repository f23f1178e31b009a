package catalog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/store"
)

// dumpedPush is a push without what the server chose: id, upload and times of receipt.
type dumpedPush struct {
	dumpLine
	Commit       behavepro.SHA          `json:"commit"`
	TestedCommit behavepro.SHA          `json:"testedCommit,omitzero"`
	Params       []behavepro.Param      `json:"params"`
	Run          string                 `json:"run"`
	Build        string                 `json:"build"`
	BuildURL     string                 `json:"buildUrl"`
	Branch       string                 `json:"branch"`
	Attempt      int                    `json:"attempt"`
	By           string                 `json:"by"`
	Files        []dumpedFile           `json:"files"`
	State        PushState              `json:"state"`
	Counts       model.Counts           `json:"counts"`
	Notes        []string               `json:"notes"`
	Projects     []behavepro.ProjectKey `json:"projects"`
	Shown        []string               `json:"shown,omitempty"`
	Name         string                 `json:"push,omitempty"` // made of all others
}

// dumpedFile is a report file; its start is what the report says.
type dumpedFile struct {
	PushedFile
	Parts int `json:"parts"`
}

// results writes the pushes of a repository, each with its chunks and what it proved.
func (d *dumper) results(ctx context.Context) error {
	type named struct {
		push *Push
		line []byte
		name string
	}
	all := make([]named, len(d.pushes))
	for i, p := range d.pushes {
		said := d.dumped(p)
		text, err := json.Marshal(said)
		if err != nil {
			return err
		}
		said.Name = behavepro.Sum("dumped push", string(text)).String()[:16]
		full, err := json.Marshal(said)
		if err != nil {
			return err
		}
		all[i] = named{p, full, said.Name}
	}
	slices.SortFunc(all, func(a, b named) int { return bytes.Compare(a.line, b.line) })
	for _, n := range all {
		if err := d.out.Encode(json.RawMessage(n.line)); err != nil {
			return err
		}
		if err := d.chunks(ctx, n.push, n.name); err != nil {
			return err
		}
		if err := d.definitions(ctx, n.push, n.name); err != nil {
			return err
		}
		if err := d.rows(ctx, n.push, n.name); err != nil {
			return err
		}
	}
	return nil
}

func (d *dumper) dumped(p *Push) dumpedPush {
	out := dumpedPush{
		dumpLine: d.line(
			"push",
		), Commit: p.Commit, TestedCommit: p.TestedCommit, Params: p.Params, Run: p.Run, Build: p.Build, BuildURL: p.BuildURL,
		Branch: p.Branch, Attempt: p.Attempt, By: p.By, State: p.State, Counts: p.Counts, Notes: p.Notes, Projects: p.Projects,
	}
	for _, f := range p.Files {
		out.Files = append(out.Files, dumpedFile{f, f.Parts})
	}
	for _, id := range p.Shown {
		out.Shown = append(out.Shown, cmp.Or(d.names[id], "a repository that was removed"))
	}
	slices.Sort(out.Shown)
	return out
}

// chunks writes the results as they were reported. A copy of a push has none of its own.
func (d *dumper) chunks(ctx context.Context, p *Push, name string) error {
	if p.UploadTo != p.Repository {
		return nil
	}
	prefix := store.Key{string(p.UploadTo), p.Commit.Raw(), p.Upload}
	for r, err := range d.c.scope.Scan(ctx, kindChunk, store.Range{Prefix: prefix}) {
		if err != nil {
			return err
		}
		text, err := cbor.Diagnose(r.Body)
		if err != nil { // texts of no encoding
			text = hex.EncodeToString(r.Body)
		}
		err = d.out.Encode(struct {
			dumpLine
			Push string `json:"push"`
			File string `json:"file"`
			Part string `json:"part"`
			Body string `json:"body"`
		}{d.line("chunk"), name, r.Key[3], r.Key[4], text})
		if err != nil {
			return err
		}
	}
	return nil
}

// definitions writes the step definitions that the reports tell. A copy of a push has none of its own.
func (d *dumper) definitions(ctx context.Context, p *Push, name string) error {
	if p.UploadTo != p.Repository {
		return nil
	}
	told, err := d.c.Definitions(ctx, p)
	if err != nil {
		return err
	}
	for i := range told.All {
		def := &told.All[i]
		err := d.out.Encode(struct {
			dumpLine
			Push    string `json:"push"`
			Pattern string `json:"pattern"`
			Type    string `json:"type"`
			Place   string `json:"place"`
			Uses    int    `json:"uses"`
			Cut     bool   `json:"cut,omitempty"`
			Partial bool   `json:"partial,omitempty"`
		}{d.line("definition"), name, def.Pattern, def.Type, def.At(), def.Uses, told.Cut, told.Partial})
		if err != nil {
			return err
		}
	}
	return nil
}

// rows writes what a matched push proved.
func (d *dumper) rows(ctx context.Context, p *Push, name string) error {
	if p.State != PushMatched || p.NamesNone() {
		return nil
	}
	return d.eachRow(ctx, p, func(o *Outcome) error {
		return d.out.Encode(struct {
			dumpLine
			Push     string             `json:"push"`
			Lineage  behavepro.Lineage  `json:"lineage"`
			Row      behavepro.RowID    `json:"row,omitzero"`
			Status   behavepro.Status   `json:"status"`
			Wording  behavepro.Wording  `json:"wording"`
			Raw      string             `json:"raw"`
			Duration time.Duration      `json:"duration"`
			Step     string             `json:"step,omitempty"`
			Message  string             `json:"message,omitempty"`
			Tries    []behavepro.Status `json:"tries,omitempty"`
		}{d.line("result"), name, o.Lineage, o.Row, o.Status, o.Wording, o.Raw, o.Duration, o.Step, o.Message, o.Tries})
	})
}
