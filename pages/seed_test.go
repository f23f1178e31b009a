package pages_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/access"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/catalog/catalogtest"
	"github.com/behavepro/behavepro/catalog/model"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/pages"
	gitsync "github.com/behavepro/behavepro/sync"
)

var (
	linux17 = []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "Runtime", Value: "Java 17"}}
	linux21 = []behavepro.Param{{Name: "Os", Value: "Linux"}, {Name: "Runtime", Value: "Java 21"}}
	macOS   = []behavepro.Param{{Name: "Os", Value: "macOS"}, {Name: "Runtime", Value: "Java 21"}}
)

// shop is a small catalog with everything that pages show.
type shop struct {
	*catalogtest.History
	now     time.Time
	commits map[string]behavepro.SHA
	info    map[behavepro.SHA]gitsync.CommitInfo
	tells   model.Definitions // what the reports of the next pushes tell
}

func (s *shop) Describe(_ context.Context, _ behavepro.RepositoryID, shas ...behavepro.SHA) map[behavepro.SHA]gitsync.CommitInfo {
	out := map[behavepro.SHA]gitsync.CommitInfo{}
	for _, sha := range shas {
		if info, ok := s.info[sha]; ok {
			out[sha] = info
		}
	}
	return out
}

func newShop(t testing.TB) *shop {
	t.Helper()
	ctx := context.Background()
	h := catalogtest.New(t, catalogtest.Open(t), "shop/webstore", "SHOP")
	s := &shop{History: h, now: time.Unix(1_700_000_000, 0).Add(40 * time.Hour), commits: map[string]behavepro.SHA{}, info: map[behavepro.SHA]gitsync.CommitInfo{}}
	files := func(earn string, more ...string) map[string]string {
		all := map[string]string{"features/checkout/card.feature": card, "features/checkout/vouchers.feature": vouchers, "features/returns.feature": returns}
		if len(more) > 0 {
			all[more[0]] = earn
			return all
		}
		all["features/loyalty/earn.feature"] = earn
		return all
	}
	commit := func(name, author, subject string, files map[string]string, parents ...string) {
		var of []behavepro.SHA
		for _, p := range parents {
			of = append(of, s.commits[p])
		}
		s.commits[name] = h.Commit(files, of...)
		s.info[s.commits[name]] = gitsync.CommitInfo{Author: author, Subject: subject}
	}
	old := strings.Replace(fmt.Sprintf(earn, ""), "Points are credited when an order ships", "Points come with an order", 1)
	commit("first", "Loyalty Team", "Earn points", files(old, "features/points.feature"))
	commit("moved", "Web Team", "Sort features by area", files(old), "first")
	commit("renamed", "Loyalty Team", "Say when points come", files(fmt.Sprintf(earn, "")), "moved")
	withGold := files(fmt.Sprintf(earn, gold))
	withGold["features/gift.feature"] = broken
	withGold["features/returns.feature"] = strings.Replace(returns, "nothing is charged", "nothing is charged for it", 1)
	commit("gold", "Web Team", "Add the gold tier", withGold, "renamed")
	branch := files(strings.Replace(fmt.Sprintf(earn, gold), "25 points are taken back", "its points are taken back", 1) + staff)
	commit("staff", "Checkout Team", "Half for staff", branch, "gold")
	h.Branch("main", map[string]behavepro.SHA{"main": s.commits["gold"], "SHOP-12-loyalty-points": s.commits["staff"], "release/2.4": s.commits["renamed"]})

	s.run(ctx)
	root, err := h.Catalog.TreeOf(ctx, h.At("main"))
	if err != nil {
		t.Fatal(err)
	}
	state := catalog.SyncState{Phase: "done", Finished: s.now.Add(-40 * time.Second), Commits: 5}
	if state.Files, state.Problems, err = h.Catalog.CountFiles(ctx, h.Repo.ID, root); err != nil {
		t.Fatal(err)
	}
	if err := h.Catalog.PutSyncState(ctx, h.Repo.ID, state); err != nil {
		t.Fatal(err)
	}
	problem := catalog.Problem{ID: "deep", Commit: s.commits["first"], Path: "features/a/b/c", Message: "directories nest deeper than 64; what lies below was not read", At: s.now.Add(-time.Hour)}
	if err := h.Catalog.PutProblem(ctx, h.Repo.ID, problem); err != nil {
		t.Fatal(err)
	}
	waiting := &catalog.Push{ID: "waits", Repository: h.Repo.ID, Commit: behavepro.SHA{0xab, 0xcd}, Build: "483", BuildURL: "https://ci.example.com/483", State: catalog.PushWaiting, Received: s.now.Add(-3 * time.Minute), Counts: model.Counts{Read: 12, Waiting: 12}}
	if err := h.Catalog.PutPush(ctx, waiting); err != nil {
		t.Fatal(err)
	}
	return s
}

// run pushes what CI said of the commits.
func (s *shop) run(ctx context.Context) {
	s.T.Helper()
	passed, failed := behavepro.Passed, behavepro.Failed
	all := map[string]behavepro.Status{
		"Points are credited when an order ships": passed, "Points come with an order": passed, "Tier decides the rate/basic": passed, "Tier decides the rate/silver": passed,
		"Points expire after twelve months": passed, "A returned order takes its points back": passed, "Guests earn nothing": passed,
		"Points are shown on the invoice": behavepro.Skipped, "A valid card pays": passed, "An expired card does not": passed,
		"A voucher lowers the total": passed, "A return within 30 days is free": passed,
	}
	but := func(name string, status behavepro.Status) map[string]behavepro.Status {
		other := map[string]behavepro.Status{}
		for k, v := range all {
			other[k] = v
		}
		other[name] = status
		return other
	}
	at := s.now.Add(-38 * time.Hour)
	build := 470
	push := func(commit string, params []behavepro.Param, says map[string]behavepro.Status, same ...bool) {
		if len(same) == 0 {
			build++
			at = at.Add(2 * time.Hour)
		}
		s.push(ctx, commit, build, at, params, says)
	}
	for range 3 {
		push("moved", linux21, all)
	}
	for i := range 4 {
		says := all
		if i == 1 {
			says = but("Points are credited when an order ships", failed)
		}
		if i == 3 {
			says = but("tries", passed)
		}
		push("renamed", linux21, says)
	}
	delete(all, "A return within 30 days is free") // its new wording has not run yet
	at = s.now.Add(-13*time.Minute - 2*time.Hour)
	push("gold", linux17, all)
	push("gold", linux21, but("Points are credited when an order ships", failed), true)
	push("gold", macOS, but("A used voucher is refused", failed), true)
	at = s.now.Add(-12*time.Minute - 2*time.Hour)
	s.tells = model.Definitions{All: []model.StepDefinition{
		{Pattern: "a basket worth {string}", Type: "CUCUMBER_EXPRESSION", Place: "shop.CheckoutSteps.basket", Uses: 2},
		{Pattern: "a gift card", Type: "CUCUMBER_EXPRESSION", Place: "shop.GiftSteps.card"},
		{Pattern: "a voucher of {double}", Type: "CUCUMBER_EXPRESSION", Place: "src/test/steps/vouchers.ts", Line: 12, Uses: 1},
		{Pattern: `^it (?:is|was) returned$`, Type: "REGULAR_EXPRESSION", Place: "src/test/steps/orders.ts", Line: 40, Uses: 1},
		{Pattern: `^it (?:is|was) returned$`, Type: "REGULAR_EXPRESSION", Place: "src/test/steps/returns.ts", Line: 7},
	}}
	push("gold", linux21, but("Points are credited when an order ships", failed))
	s.attach(ctx)
}

// screenshot is a picture that is 1 × 1 pixel large; serverLog is a text.
var screenshot = string([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdac\xf8\xff\xff?\x03\x00\x05\xfe\x02\xfe\xa7\x35\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"))

const serverLog = "points: 166"

func hashOf(content string) behavepro.Hash {
	return behavepro.Hash(sha256.Sum256([]byte(content)))
}

// attach stores what failures attach.
func (s *shop) attach(ctx context.Context) {
	s.T.Helper()
	for _, content := range []string{screenshot, serverLog} {
		h := hashOf(content)
		if err := s.Catalog.ExpectAttachments(ctx, s.Repo.ID, []model.AttachmentRef{{Hash: h}}, s.now); err != nil {
			s.T.Fatal(err)
		}
		if err := s.Catalog.PutAttachment(ctx, s.Repo.ID, h, []byte(content)); err != nil {
			s.T.Fatal(err)
		}
	}
}

// push stores and matches a run that says something of scenarios, by name, or of rows, by "name/first cell".
func (s *shop) push(ctx context.Context, commit string, build int, at time.Time, params []behavepro.Param, says map[string]behavepro.Status) {
	s.T.Helper()
	sha := s.commits[commit]
	p := &catalog.Push{
		ID: fmt.Sprintf("%d-%s", build, behavepro.ParamSet(params)), Repository: s.Repo.ID, Commit: sha, Build: fmt.Sprint(build), Branch: "main",
		BuildURL: fmt.Sprintf("https://ci.example.com/builds/%d", build), State: catalog.PushWaiting, Started: at, Received: at, Params: params,
		Counts: model.Counts{Read: len(says), Matched: len(says)}, By: "ci",
	}
	p.Upload, p.UploadTo = "upload-"+p.ID, p.Repository
	if err := s.Catalog.PutDefinitions(ctx, p, &s.tells); err != nil {
		s.T.Fatal(err)
	}
	if err := s.Catalog.PutPush(ctx, p); err != nil {
		s.T.Fatal(err)
	}
	at2, _, err := s.Catalog.AtCommit(ctx, s.Repo, sha)
	if err != nil {
		s.T.Fatal(err)
	}
	files, err := s.Catalog.Files(ctx, at2)
	if err != nil {
		s.T.Fatal(err)
	}
	err = s.Catalog.PutMatch(ctx, p, func(yield func(*catalog.Outcome) error) error {
		for _, f := range files {
			if f.Feature() == nil {
				continue
			}
			for i := range f.Feature().Scenarios {
				if err := sayOf(f, i, says, yield); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
}

func sayOf(f *catalog.FeatureFile, i int, says map[string]behavepro.Status, yield func(*catalog.Outcome) error) error {
	scenario, ids := &f.Feature().Scenarios[i], f.Identity.Scenarios[i]
	outcome := func(status behavepro.Status) *catalog.Outcome {
		o := &catalog.Outcome{Lineage: ids.Lineage, Status: status, Raw: string(status), Duration: 1200 * time.Millisecond}
		if status == behavepro.Failed {
			o.Step, o.Message = "Then the member has 167 points", "expected 167 points, got 166"
			o.Evidence = catalog.Evidence{
				Stack:       "\tat loyalty.LoyaltySteps.has(LoyaltySteps.java:48)\n\tat ✽.the member has 167 points(earn.feature:12)",
				Attachments: []model.AttachmentRef{{Hash: hashOf(screenshot), Name: "the member's page"}, {Hash: hashOf(serverLog), Name: "server.log"}, {Hash: hashOf("none"), Name: "never came"}},
			}
		}
		return o
	}
	if status := says[scenario.Name]; status != "" {
		o := outcome(status)
		if build := says["tries"]; build == behavepro.Passed && strings.HasPrefix(scenario.Name, "Points are") && status == behavepro.Passed {
			o.Tries = []behavepro.Status{behavepro.Failed}
		}
		o.Wording = gherkin.WordingOf(f.Feature(), i)
		if err := yield(o); err != nil {
			return err
		}
	}
	n := 0
	for ref, row := range gherkin.Rows(scenario) {
		if status := says[scenario.Name+"/"+row.Cells[0]]; status != "" {
			o := outcome(status)
			o.Row, o.Wording = ids.Rows[n], gherkin.RowWording(f.Feature(), i, ref)
			if err := yield(o); err != nil {
				return err
			}
		}
		n++
	}
	return nil
}

var everything = access.Principal{Grant: access.Grant{Tenant: behavepro.Local, AllProjects: true, Verbs: []access.Verb{access.ReposRead, access.ResultsRead}}, Name: "session"}

// serve mounts pages as a command does.
func serve(p *pages.Pages, c *catalog.Catalog, now time.Time, who access.Principal) http.Handler {
	return serveIn(nil, p, c, now, who)
}

// serveIn serves the pages as another site shows them.
func serveIn(host *pages.Host, p *pages.Pages, c *catalog.Catalog, now time.Time, who access.Principal) http.Handler {
	mux := http.NewServeMux()
	for _, r := range p.Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) {
			v := &pages.Visit{W: w, R: req, Now: now, Host: host}
			if host != nil {
				v.Issues = browsable{}
			}
			if !r.Public {
				v.Catalog, v.Principal = c, who
			}
			_ = r.Serve(v) // it has answered
		})
	}
	mux.Handle("/", p.NotFound())
	return mux
}

// browsable is a site that lets the visitor browse every issue, and says nothing more of it.
type browsable struct{}

func (browsable) About(_ context.Context, keys []behavepro.IssueKey) (map[behavepro.IssueKey]pages.Fact, error) {
	facts := map[behavepro.IssueKey]pages.Fact{}
	for _, key := range keys {
		facts[key] = pages.Fact{}
	}
	return facts, nil
}

func (browsable) Missing(context.Context) ([]behavepro.IssueKey, error) { return nil, nil }

func (browsable) People(context.Context, []string) (map[string]string, error) { return nil, nil }

// get asks for a page and follows no redirect.
func get(t testing.TB, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
