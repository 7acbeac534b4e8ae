# Everything a person or a machine does with this repository; `make` alone lists it.
#
# Each target works from a clean clone on Debian 12 with a Swift toolchain: the Debian packages it needs are installed
# when it is run as root or with a password-less sudo, and named otherwise (.ci/build/packages).

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

.PHONY: help deps build release dist conda ci test coverage faults sanitize fuzz mutate large conformance bench cost size figures messages lint recipes doctest \
	pictures demo check-release check-libraries check-aarch64 check-dist check-conda check-reproducible check-source install uninstall clean clean-deps

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

deps: ## install the Debian packages and build the static libcurl (kept in .build-deps)
	@.ci/build/packages build lint test
	@.ci/build/curl

build: ## debug build: .build/debug/pixi-pack
	@.ci/build/packages build
	@printf '==> Building (debug)\n'
	swift build --product pixi-pack
	ln -sf pixi-pack .build/debug/pixi-unpack

release: ## static, stripped, small executable: .build/dist/pixi-pack and pixi-unpack (TARGET=linux-aarch64: .build/dist-linux-aarch64)
	@.ci/build/release $(TARGET)

dist: ## the files of a release for all targets: .build/release-files (MINISIGN_KEY, MINISIGN_PASSWORD)
	@.ci/build/release linux-64
	@.ci/build/release linux-aarch64
	@.ci/build/dist

conda: ## a conda channel of the files of a release: .build/conda
	@.ci/build/conda

ci: ## everything that must hold before a change is taken (under an hour; installs what it needs)
	@.ci/run

test: ## all tests
	@.ci/build/packages build test
	@.ci/check/test

coverage: ## how much of each module the tests reach (ONLY=Install, TESTS='--filter WheelTests')
	@.ci/build/packages build test
	@.ci/check/coverage $(TESTS)

faults: ## make every system call of every journey fail, in every way (an hour)
	@.ci/build/packages build test
	@PIXI_PACK_FAULTS=all .ci/check/test --filter FaultTests

sanitize: ## all tests under AddressSanitizer, then under ThreadSanitizer (an hour)
	@.ci/build/packages build test
	@.ci/check/sanitize

fuzz: ## give random input to every reader, FUZZ_SECONDS (60) each
	@.ci/build/packages build
	@Tests/Fuzz/run

mutate: build ## unpack 10,000 damaged packs (COUNT, FIRST)
	python3 Tests/Mutations/mutate.py .build/debug $(or $(COUNT),10000) $(or $(FIRST),0)

large: release ## unpack an environment of 1,000,000 files
	@Tests/Benchmark/large.py $(dist)/pixi-pack

conformance: ## compare with the original's engines (needs ../shared or PIXI_PACK_SHARED; SEEDS='1 2')
	@.ci/build/packages build test
	@Tests/Conformance/run $(SEEDS)

bench: release ## measure against the peers (builds its corpus from public registries; 70 GB of disk)
	@.ci/build/packages build test bench
	@Tests/Benchmark/run $(BENCH)

cost: release ## instructions and system calls of a small corpus, against those noted (COST=--renew notes today's)
	@.ci/check/cost $(COST)

size: release ## what the release executable consists of, in bytes per library
	@.ci/check/size

figures: ## copy the figures of docs/benchmarks.md to README.md
	@Tests/Benchmark/figures.py

messages: ## put the messages of errors into docs/troubleshooting.md, whose explanations are then to be looked at
	@.ci/check/errors.py --write

lint: ## style, file sizes, module graph, documentation, scripts
	@.ci/build/packages lint
	@.ci/check/lint

recipes: ## what docs/ci and docs/packaging offer for other systems, against their schemas
	@.ci/build/packages lint
	@.ci/check/recipes

doctest: build ## run the commands of the documentation
	@.ci/check/doctest .build/debug

pictures: build ## capture what it looks like on a terminal (docs/pictures.md)
	@.ci/build/packages test
	@.ci/check/pictures .build/debug

check-release: release ## what is promised of the executable: static, small, quick to start, needs nothing
	@.ci/check/release

check-libraries: release ## has Debian a newer version of a library in the executable?
	@.ci/check/libraries

check-aarch64: release ## the executable for linux-aarch64 under qemu-user
	@.ci/build/release linux-aarch64
	@Tests/Release/aarch64.py

check-dist: release ## the files of a release: equal bytes twice, lintian, an image, installed in all ways
	@.ci/build/release linux-aarch64
	@.ci/build/dist --check

check-conda: release ## a conda channel of them, installed by rattler and by pixi-unpack
	@.ci/build/release linux-aarch64
	@.ci/build/conda --check

check-reproducible: release ## a second build, elsewhere and without a network: the same bytes
	@Tests/Release/reproduce

check-source: ## make demo of the archive of the sources in ROOT, a fresh root of Debian or Ubuntu
	@Tests/Release/demo-root $(ROOT)

demo: build ## pack, unpack, activate and run a small example
	@printf '==> Running docs/example/run\n'
	@docs/example/run .build/debug

install: release ## install programs, manual pages and completions to $(DESTDIR)$(PREFIX), and programs for other machines if they were made
	@printf '==> Installing to %s\n' '$(DESTDIR)$(PREFIX)'
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(dist)/pixi-pack '$(DESTDIR)$(PREFIX)/bin/pixi-pack'
	ln -sf pixi-pack '$(DESTDIR)$(PREFIX)/bin/pixi-unpack'
	@.ci/build/install-share $(dist) '$(DESTDIR)$(PREFIX)/share'
	@.ci/build/install-others '$(DESTDIR)$(PREFIX)/lib/pixi-pack'

uninstall: ## remove what install made
	@printf '==> Removing from %s\n' '$(DESTDIR)$(PREFIX)'
	rm -f '$(DESTDIR)$(PREFIX)/bin/pixi-pack' '$(DESTDIR)$(PREFIX)/bin/pixi-unpack'
	@.ci/build/install-share --remove '$(DESTDIR)$(PREFIX)/share'
	@.ci/build/install-others --remove '$(DESTDIR)$(PREFIX)/lib/pixi-pack'

clean: ## remove everything that was built (.build-deps stays: make clean-deps)
	@printf '==> Removing build results\n'
	rm -rf .build .build-static .build-static-linux-64 .build-static-linux-aarch64

clean-deps: ## remove the static libcurl too
	@printf '==> Removing .build-deps\n'
	rm -rf .build-deps
