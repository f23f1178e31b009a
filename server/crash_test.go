package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/behavepro/behavepro"
	"github.com/behavepro/behavepro/catalog"
	"github.com/behavepro/behavepro/gherkin"
	"github.com/behavepro/behavepro/internal/testenv"
	"github.com/behavepro/behavepro/results/ingest"
	"github.com/behavepro/behavepro/store/embedded"
	"github.com/behavepro/behavepro/sync/gittest"
)

// crashHistory makes a repository and what is going to happen to it: branches grow, move back, come and go.
func crashHistory(t *testing.T, commits, states int) (source string, plan crashPlan) {
	t.Helper()
	repo := gittest.New(t)
	made := repo.History(11, commits)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range states {
		known := max(2, len(made)*(i+2)/(states+1))
		s := crashState{Refs: map[string]behavepro.SHA{"main": sha(t, made[known-1].SHA)}}
		for b := range 2 + r.IntN(6) {
			s.Refs[fmt.Sprintf("topic/%d", b)] = sha(t, made[r.IntN(known)].SHA)
		}
		s.Early = pushFor(&made[known-1], fmt.Sprintf("early-%d", i), r)
		for j := range 3 {
			at := &made[known-1]
			for name := range s.Refs {
				if j == 0 {
					break
				}
				at = &made[slices.IndexFunc(made, func(m gittest.Made) bool { return m.SHA == s.Refs[name].String() })]
				break
			}
			s.Pushes = append(s.Pushes, pushFor(at, fmt.Sprintf("build-%d-%d", i, j), r))
		}
		plan.States = append(plan.States, s)
	}
	return filepath.Join(repo.Dir, ".git"), plan
}

func sha(t *testing.T, text string) behavepro.SHA {
	t.Helper()
	out, err := behavepro.ParseSHA(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pushFor is a report of all scenarios of a commit, and of some that it does not have.
func pushFor(at *gittest.Made, build string, r *rand.Rand) crashPush {
	type step struct {
		Keyword string            `json:"keyword"`
		Name    string            `json:"name"`
		Line    int               `json:"line"`
		Result  map[string]string `json:"result"`
	}
	type element struct {
		Type  string `json:"type"`
		Name  string `json:"name"`
		Line  int    `json:"line"`
		Steps []step `json:"steps"`
	}
	type feature struct {
		URI      string    `json:"uri"`
		Name     string    `json:"name"`
		Elements []element `json:"elements"`
	}
	all := []feature{{URI: "features/gone.feature", Name: "Gone", Elements: []element{{"scenario", "gone", 3, nil}}}}
	for path, file := range at.Files {
		doc := gherkin.Parse(path, []byte(file.Content))
		if doc.Feature == nil || !strings.HasPrefix(file.Mode, "100") {
			continue
		}
		f := feature{URI: path, Name: doc.Feature.Name}
		for i := range doc.Feature.Scenarios {
			s := &doc.Feature.Scenarios[i]
			status := []string{"passed", "failed", "skipped"}[r.IntN(3)]
			f.Elements = append(f.Elements, element{"scenario", s.Name, s.Line, []step{{"Given ", "it", s.Line + 1, map[string]string{"status": status, "error_message": "of " + build}}}})
		}
		all = append(all, f)
	}
	text, _ := json.Marshal(all)
	commit, _ := behavepro.ParseSHA(at.SHA)
	return crashPush{Commit: commit, Build: build, Report: string(text)}
}

// crashRun is one data folder that goes through the plan.
type crashRun struct {
	t     *testing.T
	plan  crashPlan
	path  string // of the plan
	from  int
	acked []string
	kills map[string]int // by what the child was at
	rand  *rand.Rand
}

func newCrashRun(t *testing.T, source string, plan crashPlan, seed uint64) *crashRun {
	t.Helper()
	dir := t.TempDir()
	r := &crashRun{t: t, plan: plan, path: filepath.Join(dir, "plan.json"), kills: map[string]int{}, rand: rand.New(rand.NewPCG(seed, 1))}
	r.plan.Data, r.plan.Source = filepath.Join(dir, "data"), filepath.Join(dir, "source.git")
	r.plan.ID = behavepro.RepositoryID(fmt.Sprintf("id%d", rand.Uint64()))
	if err := os.CopyFS(r.plan.Source, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *crashRun) done() bool { return r.from == len(r.plan.States) }

// child runs the plan from where it is, until it ends or, with a time, is killed that long after it began to open the store; then it
// tells what the child was at, else "".
func (r *crashRun) child(killAfter time.Duration) (killedAt string) {
	r.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashPlanEnv+"="+r.path, crashFromEnv+"="+strconv.Itoa(r.from), crashAckedEnv+"="+strings.Join(r.acked, " "))
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	var errOut strings.Builder
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	phase := "starts"
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case tellOpens:
			if killAfter > 0 {
				timer := time.AfterFunc(killAfter, func() { _ = cmd.Process.Kill() })
				defer timer.Stop()
			}
			phase = word
		case tellSyncs, tellPush:
			phase = word
		case tellAck:
			if !slices.Contains(r.acked, rest) {
				r.acked = append(r.acked, rest)
			}
		case tellDone:
			if r.from, err = strconv.Atoi(rest); err != nil {
				r.t.Fatal(err)
			}
			r.from++
		default:
			r.t.Errorf("%s", lines.Text())
		}
	}
	err = cmd.Wait()
	if err == nil {
		return ""
	}
	if killAfter == 0 || cmd.ProcessState.Exited() {
		r.t.Fatalf("the child ended by itself: %v\n%s", err, errOut.String())
	}
	r.kills[phase]++
	return phase
}

// stored is what a run left: its dump, and how many records of results there are when what uploads left behind is swept.
func (r *crashRun) stored() (dump string, records map[string]int64) {
	r.t.Helper()
	ctx := r.t.Context()
	s, err := embedded.OpenDir(ctx, r.plan.Data, Kinds(), embedded.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	scope, err := s.Tenant(ctx, behavepro.Local)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := (ingest.Ingest{Catalog: catalog.Open(scope)}).Sweep(ctx, time.Now().Add(48*time.Hour)); err != nil {
		r.t.Error(err)
	}
	records = map[string]int64{}
	for _, kind := range catalog.Kinds() {
		if name := kind.Name; name == "push" || name == "chunk" || name == "row" || name == "summary" {
			stat, err := scope.Stat(ctx, kind)
			if err != nil {
				r.t.Fatal(err)
			}
			records[name] = stat.Records
		}
	}
	if err := s.Close(); err != nil {
		r.t.Fatal(err)
	}
	return dumpOf(r.t, r.plan.Data, ""), records
}

// TestKilled kills a process that syncs and takes results in at random points, again and again, lets it finish, and compares
// what is stored with what an undisturbed one stores. Meanwhile a reader in it sees all refs of a sync or none, and no push
// that was acknowledged is lost or counted twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	points, lanes, commits, states := 8, 1, 60, 6
	if testenv.Slow() {
		points, lanes, commits, states = 1000, 2, 200, 12
	}
	source, plan := crashHistory(t, commits, states)
	calm := newCrashRun(t, source, plan, 0)
	began := time.Now()
	calm.child(0)
	each := time.Since(began) / time.Duration(len(plan.States)) // with the time of the start, which makes it a bit long
	if !calm.done() || t.Failed() {
		t.Fatalf("the undisturbed run ended at state %d", calm.from)
	}
	wantDump, wantRecords := calm.stored()
	if !strings.Contains(wantDump, `"kind":"result"`) || wantRecords["push"] != int64(4*len(plan.States)) {
		t.Fatalf("the undisturbed run proves nothing: %v", wantRecords)
	}

	late := func() bool { // so that what is missing is told before the time of all tests ends
		end, ends := t.Deadline()
		return ends && time.Until(end) < time.Minute
	}
	var mu sync.Mutex
	kills, runs, total := map[string]int{}, 0, 0
	enough := func() bool { return total >= points && kills[tellSyncs] > 0 && kills[tellPush] > 0 || late() }
	var busy sync.WaitGroup
	for lane := range lanes {
		busy.Go(func() {
			for epoch := 0; ; epoch++ {
				r := newCrashRun(t, source, plan, uint64(lane*1000+epoch+1))
				for !r.done() {
					mu.Lock()
					over := enough()
					mu.Unlock()
					wait := time.Duration(0)
					if !over {
						wait = 1 + time.Duration(r.rand.Int64N(int64(each)*3/2))
					}
					if at := r.child(wait); at != "" {
						mu.Lock()
						total++
						kills[at]++
						mu.Unlock()
					}
				}
				dump, records := r.stored()
				if dump != wantDump {
					t.Errorf("lane %d, run %d, after %v: %s", lane, epoch, r.kills, apart(dump, wantDump))
				}
				if fmt.Sprint(records) != fmt.Sprint(wantRecords) {
					t.Errorf("lane %d, run %d, after %v: stored %v, want %v", lane, epoch, r.kills, records, wantRecords)
				}
				mu.Lock()
				runs++
				over := enough() || t.Failed()
				mu.Unlock()
				if over {
					return
				}
			}
		})
	}
	busy.Wait()
	t.Logf("killed at %d points in %d runs, %s: %v", total, runs, time.Since(began).Round(time.Second), kills)
	if total < points && !t.Failed() {
		t.Errorf("killed at %d points before the time of the tests ended, want %d: give them more by -timeout", total, points)
	}
	if kills[tellSyncs] == 0 || kills[tellPush] == 0 {
		t.Errorf("no kill in a sync or in a push: %v", kills)
	}
}
