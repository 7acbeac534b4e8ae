# Everything a person or a machine does with this repository; `make` alone lists it.
#
# Each target works from a clean clone on Debian 12 with a Swift toolchain: the Debian packages it needs are installed
# when it is run as root or with a password-less sudo, and named otherwise (.ci/packages).

SHELL = /bin/sh
PREFIX ?= /usr/local
DESTDIR ?=
dist = .build/dist
SEEDS ?= $(shell seq 1 200)
# Another machine than this one for `make release`: linux-64 or linux-aarch64.
TARGET ?=
# Arguments of Tests/Benchmark/bench.py, for example `make bench BENCH='--rounds 3'`.
BENCH ?=

# The archive of the sources has what is built on beside it: no network is needed.
ifneq ($(wildcard vendor),)
export VENDOR ?= vendor
endif

.PHONY: help deps build release dist conda test coverage doctest pictures faults large conformance bench fuzz mutate sanitize lint demo install uninstall clean clean-deps

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

deps: ## install the Debian packages and build the static libcurl (kept in .build-deps)
	@.ci/packages build lint test
	@.ci/build-curl

build: ## debug build: .build/debug/pixi-pack
	@.ci/packages build
	@printf '==> Building (debug)\n'
	swift build --product pixi-pack
	ln -sf pixi-pack .build/debug/pixi-unpack

release: ## static, stripped, small executable: .build/dist/pixi-pack and pixi-unpack (TARGET=linux-aarch64: .build/dist-linux-aarch64)
	@.ci/release $(TARGET)

dist: ## the files of a release for all targets: .build/release-files (MINISIGN_KEY, MINISIGN_PASSWORD)
	@.ci/release linux-64
	@.ci/release linux-aarch64
	@.ci/dist

conda: ## a conda channel of the files of a release: .build/conda
	@.ci/conda

test: ## all tests
	@.ci/packages build test
	@.ci/test

coverage: ## how much of each module the tests reach (TESTS='--filter InstallTests')
	@.ci/packages build test
	@.ci/coverage $(TESTS)

faults: ## make every system call of every journey fail, in every way (an hour)
	@.ci/packages build test
	@PIXI_PACK_FAULTS=all .ci/test --filter FaultTests

large: release ## unpack an environment of 1,000,000 files
	@.ci/large $(dist)/pixi-pack

conformance: ## compare with the original's engines (needs ../shared or PIXI_PACK_SHARED)
	@.ci/packages build test
	@.ci/conformance $(SEEDS)

bench: release ## measure against the peers (builds its corpus from public registries; 40 GB of disk)
	@.ci/packages build test bench
	@.ci/bench $(BENCH)

fuzz: ## give random input to every reader, FUZZ_SECONDS (60) each
	@.ci/packages build
	@.ci/fuzz

mutate: build ## unpack 10,000 damaged packs (COUNT, FIRST)
	python3 Tests/Mutations/mutate.py .build/debug $(or $(COUNT),10000) $(or $(FIRST),0)

sanitize: ## all tests under AddressSanitizer, then under ThreadSanitizer (an hour)
	@.ci/packages build test
	@.ci/sanitize

lint: ## style, file sizes, module graph, scripts
	@.ci/packages lint
	@.ci/lint

pictures: build ## capture what it looks like on a terminal (docs/pictures.md)
	@.ci/packages test
	@.ci/pictures .build/debug

doctest: build ## run the commands of the documentation
	@.ci/doctest .build/debug

demo: build ## pack, unpack, activate and run a small example
	@printf '==> Running docs/example/run\n'
	@docs/example/run .build/debug

install: release ## install programs, manual pages and completions to $(DESTDIR)$(PREFIX), and programs for other machines if they were made
	@printf '==> Installing to %s\n' '$(DESTDIR)$(PREFIX)'
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(dist)/pixi-pack '$(DESTDIR)$(PREFIX)/bin/pixi-pack'
	ln -sf pixi-pack '$(DESTDIR)$(PREFIX)/bin/pixi-unpack'
	@.ci/install-share $(dist) '$(DESTDIR)$(PREFIX)/share'
	@.ci/install-others '$(DESTDIR)$(PREFIX)/lib/pixi-pack'

uninstall: ## remove what install made
	@printf '==> Removing from %s\n' '$(DESTDIR)$(PREFIX)'
	rm -f '$(DESTDIR)$(PREFIX)/bin/pixi-pack' '$(DESTDIR)$(PREFIX)/bin/pixi-unpack'
	@.ci/install-share --remove '$(DESTDIR)$(PREFIX)/share'
	@.ci/install-others --remove '$(DESTDIR)$(PREFIX)/lib/pixi-pack'

clean: ## remove everything that was built (.build-deps stays: make clean-deps)
	@printf '==> Removing build results\n'
	rm -rf .build .build-static .build-static-linux-64 .build-static-linux-aarch64

clean-deps: ## remove the static libcurl too
	@printf '==> Removing .build-deps\n'
	rm -rf .build-deps
