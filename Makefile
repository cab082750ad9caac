# What to type is in README.md; "make help" lists it.
# GO, NODE and the rest come from PATH; nothing here depends on a place of this machine.

SHELL   := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X guiyi/internal/app.version=$(VERSION)
NPM_CI  := npm ci --prefer-offline --no-audit --no-fund --loglevel=error
ARGS    ?=
FUZZTIME ?= 20s

.DEFAULT_GOAL := help
.PHONY: help run build test test-times check check-long bench life web web-verify studio test-go test-pages test-api need format-check lint fuzz mutate FORCE

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: bin/guiyi ## build, then serve the demo city from ./data (ARGS="--public-listen 127.0.0.1:9000")
	@echo "Guiyi starts with its data in ./data; the first start publishes the demo city and takes a little longer."
	@echo "It prints its addresses when it is ready, http://localhost:8080/ first. Ctrl-C stops it."
	@exec ./bin/guiyi serve --demo $(ARGS)

build: bin/guiyi ## build bin/guiyi

# One static binary. It is built again only when a source is newer, so that a second "make run" is up at once.
bin/guiyi: studio FORCE
	@if [ ! -x $@ ] || [ -n "$$(find go.mod go.sum cmd internal web demo -name node_modules -prune -o -newer $@ -print -quit)" ]; then \
		echo "building $@ $(VERSION)"; \
		CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/guiyi; \
		touch $@; \
	fi

# The admin console of web/studio, built again only when a source is newer. Without Node the program is built all the
# same; its console page then says how to build it.
studio: FORCE
	@if ! command -v npm >/dev/null; then echo "no Node here: the program is built without its admin console"; \
	elif [ ! -f web/studio/dist/index.html ] || [ -n "$$(find web/studio -name node_modules -prune -o -name dist -prune -o -type f -newer web/studio/dist/index.html -print -quit)" ]; then \
		echo "building the admin console"; \
		$(MAKE) --no-print-directory web/studio/node_modules/.package-lock.json; \
		cd web/studio && npm run --silent build -- --logLevel warn; \
	fi

test: need format-check ## everything that must hold before a merge
	go vet ./...
	$(MAKE) --no-print-directory test-go test-pages test-api

test-go: # all Go tests, on SQLite and on a real PostgreSQL; go vet ran before
	test/ram.sh test/pg.sh env GUIYI_TEST_PG_REQUIRED=1 go test -p 2 -vet=off $(ARGS) ./...

test-times: need ## the Go tests with their times: the slowest packages and tests, and what is above its budget
	test/ram.sh test/pg.sh env GUIYI_TEST_PG_REQUIRED=1 go run ./test/slow -p 2 -vet=off $(or $(ARGS),./...)

test-api: test/api/node_modules/.package-lock.json # the API of the real program, driven by a client generated from its document
	cd test/api && npm test --silent

test-pages: web/node_modules/.package-lock.json web/studio/node_modules/.package-lock.json test/e2e/node_modules/.package-lock.json # islands, tag validator, browser tests in short
	cd web && npm run --silent typecheck && npm test --silent && npm run --silent verify
	cd web/studio && npm run --silent schema-check && npm run --silent typecheck && npm test --silent
	cd test/e2e && npm run --silent unit && node run.mjs --fast
	$(MAKE) --no-print-directory studio
	cd test/e2e && node studio.mjs

check: format-check lint ## quick: format, vet, linters, rules of the repository
	go vet ./...
	go test .

# The linters are a module of their own (test/lint), pinned there; go vet caches what they say of a package.
lint: bin/lint bin/staticcheck bin/unparam
	go vet -vettool=$(CURDIR)/bin/lint -errcheck.exclude=$(CURDIR)/test/lint/exclude.txt ./...
	bin/staticcheck ./...
	bin/unparam ./...

bin/lint: $(wildcard test/lint/*.go test/lint/go.*)
	cd test/lint && go build -o ../../$@ .

bin/staticcheck: test/lint/go.mod
	cd test/lint && go build -o ../../$@ honnef.co/go/tools/cmd/staticcheck

bin/unparam: test/lint/go.mod
	cd test/lint && go build -o ../../$@ mvdan.cc/unparam

check-long: need web-verify fuzz ## hours of doubt: race detector, 24 kills, every page in every state, fuzzing (FUZZTIME=20s each)
	test/s3.sh go test -run S3Server ./internal/kernel/blob
	GUIYI_TEST_ROUNDS=5 GUIYI_TEST_PG_REQUIRED=1 go test -timeout 30m ./test/cluster
	test/pg.sh env GUIYI_TEST_PG_REQUIRED=1 GUIYI_TEST_KILLS=24 GUIYI_TEST_DAMAGE=1 CGO_ENABLED=1 go test -p 2 -race -timeout 60m ./...
	GUIYI_TEST_ACCOUNT=1 go test -run TestAccount -timeout 30m ./test/import
	$(MAKE) --no-print-directory mutate test/e2e/node_modules/.package-lock.json
	cd test/e2e && npm run --silent unit && node run.mjs

fuzz: # every fuzz target for FUZZTIME
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' internal | sed 's/:func /:/' | while IFS=: read -r file target; do \
		echo "$$(dirname "$$file") $$target"; \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME); \
	done

bench: ## measure against Hugo, nginx and Caddy, about 25 minutes (docs/bench.md); ARGS="-parts serve -rounds 1"
	go run ./test/bench $(ARGS)

mutate: ## break each line that guards against loss, leaks and forgery; tests must turn red (ARGS="-only signature")
	go run ./test/mutate $(ARGS)

life: bin/guiyi ## replay a city's day in ten minutes and judge what grows; ARGS="-duration 2m"
	go run ./test/life -binary bin/guiyi $(ARGS)

web: web/node_modules/.package-lock.json ## compile the islands; commit what changes
	cd web && npm run --silent typecheck && npm run --silent build

web-verify: web/node_modules/.package-lock.json # fails when the committed island is not what its source gives
	cd web && npm run --silent verify

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && $(NPM_CI)
	@touch $@

format-check:
	@wrong=$$(find . -name node_modules -prune -o -name .git -prune -o -name '*.go' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$wrong" ]; then echo "not formatted; run gofmt -w on:"; echo "$$wrong"; exit 1; fi

need: # what the tests need beside Go: installed as root, otherwise named
	@test/need.sh
