# What a person or CI calls. Needs Go (the version of go.mod), git and make; -race needs a C compiler.
SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build release demo check test test-slow bench bench-parts fuzz docs ready ready-slow tools clean

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X github.com/behavepro/behavepro/internal/cli.release=$(VERSION)
TOOL := $(CURDIR)/.cache/tools

build: ## bin/syncd and bin/behavepro, static
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/syncd ./cmd/behavepro

SYSTEMS := linux-amd64 linux-arm64 darwin-amd64 darwin-arm64 windows-amd64 windows-arm64

release: build ## bin/cli with behavepro for all systems, which bin/syncd gives at /cli/
	@rm -rf bin/cli && mkdir -p bin/cli
	@for s in $(SYSTEMS); do echo "behavepro-$$s"; e=; case $$s in windows-*) e=.exe ;; esac; \
		CGO_ENABLED=0 GOOS=$${s%-*} GOARCH=$${s#*-} go build -trimpath -ldflags '$(LDFLAGS)' -o bin/cli/behavepro-$$s$$e ./cmd/behavepro || exit 1; done
	@cd bin/cli && sha256sum behavepro-* > SHA256SUMS

# make demo, or make demo REPO=PATH|URL for a repository of your own
demo: build ## a running product with a sample repository
	@exec bin/syncd demo $(if $(REPO),--repo '$(REPO)') $(if $(LISTEN),--listen '$(LISTEN)')

check: tools ## formatting, vet, staticcheck, tidy, the arch test, known vulnerabilities where reachable
	@test -z "$$($(TOOL)/gofumpt -l $$(git ls-files '*.go'))" || { $(TOOL)/gofumpt -d $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go vet -tags bench ./internal/bench
	$(TOOL)/staticcheck ./...
	go mod tidy -diff
	go test ./internal/arch
	@scripts/vulnerabilities $(TOOL)/govulncheck

# Most of the time goes into compiling and into processes that start and end. SQLite is C that was translated to Go: under the race
# detector it takes ten times as long, and is not ours to check; a program ends a second late there, unless it is told not to, and asks
# for its memory 4 KB at a time. Garbage is collected less often, up to 1 GB a process. check vets. Long packages first.
test: export GORACE := atexit_sleep_ms=0 no_huge_pages_for_shadow=0
test: export GOGC := 400
test: export GOMEMLIMIT := 1GiB
test: ready ## all tests with the race detector
	go test -race -gcflags='modernc.org/...=-race=false' -ldflags=-w -vet=off -timeout 20m ./sync ./server ./cmd/syncd ./pages ./...

test-slow: ready-slow release ## what is slow: more random histories, more rounds, real test runners
	BEHAVEPRO_SLOW=1 go test -count=1 -timeout 60m ./sync/... ./results/... ./catalog/... ./store/... ./gherkin/... ./features/... ./server/... ./cmd/syncd/... ./pages ./jira/jiratest

# One report with bounds and baselines, about 12 minutes on two cores. BENCH_REPO=PATH:… adds repositories of yours.
bench: ## all figures as ratios, in one report
	BENCH_REPO='$(BENCH_REPO)' go test -tags bench ./internal/bench -count=1 -v -timeout 60m

bench-parts: ## figures of single rooms
	go test ./gherkin ./results ./catalog ./store -run '^$$' -bench . -benchtime 1s -timeout 60m

fuzz: ## each fuzz target for ten minutes; findings become seeds under testdata/fuzz
	@scripts/fuzz $${FUZZTIME:-10m}

docs: build ## generated documents
	bin/syncd statement > docs/data-statement.md
	go test ./server -run '^TestOpenAPI$$' -count=1 -update-openapi

ready: ## what the tests need beyond Go and git
	@scripts/ready

ready-slow: ## what the slow tests need, too
	@scripts/ready slow

tools: ## the pinned tools of tools/go.mod
	@mkdir -p $(TOOL) && cd tools && GOFLAGS=-mod=mod GOBIN=$(TOOL) go install tool

clean:
	rm -rf bin artifacts
