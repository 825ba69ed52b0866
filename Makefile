# workcell: `make help` lists the verbs. All of them need Go alone; `make race` also needs a C compiler.

GO      ?= go
DIR     ?= data
DIST    := guests/handlers/dist
TOOL    := $(GO) tool -modfile=tools/go.mod
# Checks on the ownership of buffers, in test builds only.
TAGS    := invariants
FUZZTIME ?= 20s
ROUNDS  ?= 50
CROWDTIME ?= 60s
# Runs tests that tell how many passed and failed, and adds these up on the last line.
TALLY    = out=$$(mktemp); { { $(1); } || echo FAILED; } 2>&1 | tee $$out | grep -v '^=== '; \
  sed -n 's/^.*: \([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' $$out | \
  awk '{p += $$1; f += $$2} END {print p + 0 " passed, " f + 0 " failed"}'; \
  ! grep -qx FAILED $$out; code=$$?; rm -f $$out; exit $$code
# What runs under the race detector: all that has more than one goroutine. The rewriter of modules has one, and takes long.
RACED    = $(shell $(GO) list ./abi/... ./guests/guest/... ./guests/board/... ./storage/... ./host/... ./cmd/... | \
  grep -v -e /sandbox/meter -e /sandbox/wasmbin -e /sandbox/wasmasm)

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help build guests examples run test race e2e browser crash crowd faults fuzz bench bench-backup bench-e2e bench-sandbox bench-ship bench-storage bench-wire planted spec lint fmt check check-static golden generate tidy clean

help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-13s %s\n", $$1, $$2}'

build: guests ## build bin/workcell, handlers included
	$(GO) build -trimpath -ldflags='-s -w' -o bin/workcell ./cmd/workcell

guests: ## compile the built-in handlers to WebAssembly
	GOOS=wasip1 GOARCH=wasm $(GO) build -buildmode=c-shared -trimpath -ldflags=-w -o $(DIST)/board.wasm ./guests/handlers/board

examples: ## build the examples whose modules are committed (needs clang-19, lld-19, rustc 1.63: it says what is missing)
	$(MAKE) --no-print-directory -C guests/examples

run: build ## build and run the server on 127.0.0.1:8080, data in ./data (DIR=...)
	bin/workcell serve --dir $(DIR)

test: guests ## run all tests, then again under the race detector if there is a C compiler
	$(GO) test -tags $(TAGS) ./...
	$(GO) test ./abi/... ./host/wire ./host/dispatch ./storage/txn -run Alloc
	@if command -v $${CC:-cc} >/dev/null 2>&1; then $(MAKE) --no-print-directory race; \
	else echo 'NOT RUN: the race detector needs a C compiler (cc), and there is none'; fi

race: guests ## run the tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -tags $(TAGS) $(RACED)

e2e: guests ## run the end-to-end tests: the whole appliance on real sockets and disk
	$(GO) test -tags $(TAGS) -count=1 -v ./host/e2e ./cmd/workcell

crash: ## kill the server in its work ROUNDS times, and cut the power at every operation on files
	@$(call TALLY,$(GO) test -tags $(TAGS) -count=1 -v -run TestCrashAtEveryOperation ./storage/lsm -crash.every 1 && \
	  $(GO) test -tags $(TAGS) -count=1 -v -timeout 2h -run TestCrashRounds ./host/e2e -crash.rounds $(ROUNDS))

crowd: guests ## let 200 clients work on one board for CROWDTIME (60s) under the race detector, and check all that is left
	CGO_ENABLED=1 $(GO) test -race -tags $(TAGS) -count=1 -v -timeout 30m -run TestACrowd ./host/e2e -crowd.for $(CROWDTIME)

faults: ## let the disk fail in every way there is a rule for
	@$(call TALLY,$(GO) test -tags $(TAGS) -count=1 -v -run 'TestFaults|TestFatal' ./storage/lsm && \
	  $(GO) test -tags $(TAGS) -count=1 -v -run 'TestFaults|TestARealDisk' ./host/e2e)

browser: build ## two tabs of a real browser on one board (needs Node.js and Chromium: CHROMIUM=/usr/bin/chromium)
	cd testdata/browser && npm ci --no-audit --no-fund && node run.mjs $(CURDIR)/bin/workcell $(CURDIR)/abi/pm.proto $(CHROMIUM)

fuzz: ## fuzz every parser of foreign bytes, FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

planted: ## build mistakes into the storage, one at a time: the tests must notice each
	@set -e; suite='./storage/txn ./storage/ledger ./storage/feed ./host/dispatch'; \
	$(GO) test -count=1 -tags $(TAGS) $$suite; \
	for bug in $(basename $(notdir $(wildcard storage/planted/bug_*.go))); do \
	  $(GO) vet -tags "$(TAGS) $$bug" $$suite; \
	  if out=$$($(GO) test -count=1 -timeout 5m -tags "$(TAGS) $$bug" $$suite 2>&1); then echo "$$bug was NOT CAUGHT"; exit 1; fi; \
	  echo "$$bug was caught by"; echo "$$out" | sed -n 's/^--- FAIL: \([^ ]*\).*/  \1/p'; \
	done

bench-sandbox: ## measure what the sandbox costs, against its goals (Linux; 2 minutes)
	$(GO) test -count=1 -v -run TestFigures ./host/sandbox -figures

bench-storage: ## measure the storage against the bare disk and other stores, and what a backup costs writers (Linux; 7 minutes)
	cd bench && $(GO) run .
	@$(MAKE) --no-print-directory bench-backup

bench-wire: ## measure the socket host against other WebSocket servers: lines of JSON (Linux; 3 minutes)
	@cd bench && $(GO) run ./wire

bench-e2e: build ## measure a server over sockets, as clients see it: lines of JSON (2 minutes)
	bin/workcell bench figures

bench-backup: guests ## measure what a backup costs those who write meanwhile (4 minutes)
	$(GO) test -run '^$$' -bench 'Backup$$' -benchtime 1x ./host/e2e

bench-ship: ## measure what it takes to replace a handler, and what clients notice: JSON lines (2 minutes)
	@$(GO) test -run '^$$' -bench 'Ship$$' -benchtime 1x ./host/e2e | grep '^{'

spec: ## run the WebAssembly specification suite, metered and plain
	$(GO) test -count=1 -v -run TestSpec ./host/sandbox/spec

bench: guests ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## vet and staticcheck, both modules; no dead-code elimination defeated
	$(GO) vet -tags $(TAGS) ./...
	GOOS=wasip1 GOARCH=wasm $(GO) vet ./guests/... ./abi
	$(TOOL) staticcheck -tags $(TAGS) ./...
	cd tools && $(GO) vet ./... && $(GO) tool staticcheck ./...
	cd bench && $(GO) vet ./... && $(GO) tool -modfile=../tools/go.mod staticcheck ./...
	@test "$$($(GO) build -ldflags=-dumpdep -o /dev/null ./cmd/workcell 2>&1 | grep -c '<ReflectMethod>')" = 0 || \
	  { echo 'something calls a method by name through reflection: the linker now keeps every method'; exit 1; }

fmt: ## format all Go code
	$(TOOL) gofumpt -w .

generate: ## generate the protocol's code from abi/pm.proto
	$(GO) -C tools run ./protogen

golden: ## rewrite golden files
	$(GO) test ./... -update

tidy: ## tidy both modules
	$(GO) mod tidy
	cd tools && $(GO) mod tidy
	cd bench && $(GO) mod tidy

check: check-static test ## everything that must hold before a merge

check-static: lint ## format, lint, generated code and dependencies, without the tests
	@test -z "$$($(TOOL) gofumpt -l .)" || { echo 'not formatted: run make fmt'; $(TOOL) gofumpt -l .; exit 1; }
	$(GO) -C tools run ./protogen -check
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd bench && $(GO) mod tidy -diff
	cd tools && $(GO) test ./...
	cd bench && $(GO) test ./...

clean: ## remove what was built
	rm -rf bin $(DIST)/*.wasm
