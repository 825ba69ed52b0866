# workcell: `make help` lists the verbs. All of them need Go alone; `make race` also needs a C compiler.

GO      ?= go
DIR     ?= data
DIST    := guests/handlers/dist
TOOL    := $(GO) tool -modfile=tools/go.mod
# Checks on the ownership of buffers, in test builds only.
TAGS    := invariants
FUZZTIME ?= 20s
# What runs guests and sockets, and therefore under the race detector.
RACED   := ./abi/... ./guests/guest/... ./guests/board/... ./storage/... ./host/... ./cmd/...

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help build guests run test race e2e fuzz bench bench-sandbox spec lint fmt check check-static golden generate tidy clean

help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  %-13s %s\n", $$1, $$2}'

build: guests ## build bin/workcell, handlers included
	$(GO) build -trimpath -ldflags='-s -w' -o bin/workcell ./cmd/workcell

guests: ## compile the built-in handlers to WebAssembly
	GOOS=wasip1 GOARCH=wasm $(GO) build -buildmode=c-shared -trimpath -ldflags=-w -o $(DIST)/board.wasm ./guests/handlers/board

run: build ## build and run the server on 127.0.0.1:8080, data in ./data (DIR=...)
	bin/workcell serve --dir $(DIR)

test: guests ## run all tests, then again under the race detector if there is a C compiler
	$(GO) test -tags $(TAGS) ./...
	$(GO) test ./abi/... ./host/wire -run Alloc
	@if command -v $${CC:-cc} >/dev/null 2>&1; then $(MAKE) --no-print-directory race; \
	else echo 'NOT RUN: the race detector needs a C compiler (cc), and there is none'; fi

race: guests ## run the tests under the race detector
	CGO_ENABLED=1 $(GO) test -race -tags $(TAGS) $(RACED)

e2e: guests ## run the end-to-end tests: the whole appliance on real sockets and disk
	$(GO) test -tags $(TAGS) -count=1 -v ./host/e2e ./cmd/workcell

fuzz: ## fuzz every parser of foreign bytes, FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

bench-sandbox: ## measure what the sandbox costs, against its goals (Linux; 2 minutes)
	$(GO) test -count=1 -v -run TestFigures ./host/sandbox -figures

spec: ## run the WebAssembly specification suite, metered and plain
	$(GO) test -count=1 -v -run TestSpec ./host/sandbox/spec

bench: guests ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## vet and staticcheck, both modules; no dead-code elimination defeated
	$(GO) vet -tags $(TAGS) ./...
	GOOS=wasip1 GOARCH=wasm $(GO) vet ./guests/... ./abi
	$(TOOL) staticcheck -tags $(TAGS) ./...
	cd tools && $(GO) vet ./... && $(GO) tool staticcheck ./...
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

check: check-static test ## everything that must hold before a merge

check-static: lint ## format, lint, generated code and dependencies, without the tests
	@test -z "$$($(TOOL) gofumpt -l .)" || { echo 'not formatted: run make fmt'; $(TOOL) gofumpt -l .; exit 1; }
	$(GO) -C tools run ./protogen -check
	$(GO) mod tidy -diff
	cd tools && $(GO) mod tidy -diff
	cd tools && $(GO) test ./...

clean: ## remove what was built
	rm -rf bin $(DIST)/*.wasm
