# The main commands are `make demo` and `make test`. Both build first. If cmake or a C++ compiler is missing, they install it with
# apt-get, or print which packages are needed. `make help` prints the comments that begin with ##.

CARGO ?= cargo
# gRPC's C++ core takes minutes to compile: every target uses the release profile and one target directory, so that this
# happens once.
RELEASE = target/release/kanto-auto-deployer
TESTED = target/tested
# This file exists once the core is compiled.
CORE = target/release/build/grpcio-sys-*/out/libgrpc_wrap.a
# Bytes, stripped: the gates for the program with and without default features.
SIZE_GATE = 1612000
SIZE_GATE_MINIMAL = 1472000

.PHONY: all help build test lint size size-report hardening hardened cmake-check demo demo-plan fresh-machine bench soak clean cross \
    notice sbom linked supply deny reproducible

all: build

## Prints this list.
help:
	@awk '/^## / { text = substr($$0, 4) } \
		/^[a-z-]+:/ { if (text) printf "  %-14s %s\n", substr($$1, 1, index($$1, ":") - 1), text; text = "" }' Makefile

## Builds the program, with and without default features.
build:
	@.ci/build-dependencies
	$(CARGO) build --release --locked --no-default-features
	@mkdir -p $(TESTED) && cp $(RELEASE) $(TESTED)/kanto-auto-deployer-minimal
	$(CARGO) build --release --locked
	@cp $(RELEASE) $(TESTED)/kanto-auto-deployer

# `cargo test` overwrites the binary in target/release, so the tests run the copy that `make build` made. Most tests wait for
# something, so more threads than cores are useful.
## Builds, and runs all tests.
test: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer RUST_TEST_THREADS=8 $(CARGO) test --release --locked --workspace

## Checks the format, and runs clippy.
lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets --bench soak -- -D warnings
	$(CARGO) clippy --release --locked --no-default-features -- -D warnings

## Checks the size gates.
size: build
	.ci/size-check $(TESTED)/kanto-auto-deployer $(SIZE_GATE)
	.ci/size-check $(TESTED)/kanto-auto-deployer-minimal $(SIZE_GATE_MINIMAL)
	.ci/size-report check

## Writes size-report.md.
size-report: build
	.ci/size-report write $(SIZE_GATE) $(SIZE_GATE_MINIMAL)

## Checks the protections in the program; docs/building.md says which.
hardening: build
	.ci/hardening-check $(TESTED)/kanto-auto-deployer

# Compiles gRPC's C++ core a second time.
## Builds the variant with the stack protector, in target/hardened.
hardened:
	@.ci/build-dependencies
	.ci/hardened

## Checks that the oldest and the newest CMake configure gRPC's C++ core.
cmake-check:
	.ci/cmake-check

## Builds, deploys to a simulated Kanto-CM, and prints what happens.
demo: demo-plan build
	$(CARGO) build --release --locked --example simulated-kanto-cm
	@examples/demo $(TESTED)/kanto-auto-deployer target/release/examples/simulated-kanto-cm

demo-plan:
	@echo "Builds kanto-auto-deployer, then deploys Eclipse Leda's manifests to a simulated Kanto-CM."
	@ls $(CORE) >/dev/null 2>&1 || echo "The first build compiles gRPC's C++ core once: 3 to 6 minutes on two cores."

# .ci/fresh-machine describes the OPTIONS.
SUITE = trixie
## Runs `make demo` and `make test` in a bare root of a Debian SUITE.
fresh-machine:
	.ci/fresh-machine $(SUITE) $(OPTIONS)

# Only counts can fail: times and sizes depend on the machine.
## Measures; see benches/README.md.
bench: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer $(CARGO) bench --profile release --locked --bench deploying --bench watching

## Runs the daemon for MINUTES (2) of random changes, failures and restarts.
soak: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer $(CARGO) bench --profile release --locked --bench soak

TARGET = aarch64-unknown-linux-gnu
## Builds for another machine, into target/cross/TARGET.
cross:
	.ci/cross $(TARGET) $(SIZE_GATE) $(SIZE_GATE_MINIMAL)

## Writes dist/NOTICE: the licences of what is in the program.
notice:
	dist/supply/notice

## Writes the bill of materials and the VEX document (CycloneDX) into target.
sbom:
	@mkdir -p target
	dist/supply/sbom > target/kanto-auto-deployer.cdx.json
	dist/supply/vex > target/kanto-auto-deployer.vex.cdx.json

# The last command strips the program again.
## Checks that code which the bill of materials leaves out is not in the program.
linked: build
	$(CARGO) rustc --release --locked --bin kanto-auto-deployer -- -C strip=none
	@cp $(RELEASE) target/unstripped
	dist/supply/linked target/unstripped
	$(CARGO) build --release --locked

## Checks that the Yocto recipe and dist/NOTICE are in step with Cargo.lock.
supply:
	@.ci/require python3=python3 patch=patch
	dist/supply/notice --check
	dist/supply/vex > /dev/null
	dist/yocto/check

# cargo-deny takes minutes to install. DENY=--offline does without the network, CHECKS without the advisories.
CHECKS = advisories bans licenses sources
## Checks licences, sources and advisories of the crates, by cargo-deny.
deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	cargo-deny --locked $(DENY) --config .ci/deny.toml check $(CHECKS)

# Compiles gRPC's C++ core twice.
## Builds twice, in folders of different names, and compares the bytes.
reproducible:
	@.ci/build-dependencies
	.ci/reproducible compare

## Removes what was built.
clean:
	$(CARGO) clean

# Installing builds nothing and needs no network: `make build` or cargo comes before it. Packagers set DESTDIR and prefix.
BINARY ?= $(RELEASE)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/kanto-auto-deployer
sysconfdir ?= /etc
unitdir ?= $(prefix)/lib/systemd/system
bashcompletiondir ?= $(datadir)/bash-completion/completions
zshcompletiondir ?= $(datadir)/zsh/site-functions
fishcompletiondir ?= $(datadir)/fish/vendor_completions.d
# For a build without the filewatcher, leave out the daemon's unit.
UNITS ?= $(notdir $(wildcard dist/systemd/*.service))
DOCUMENTS = README.md CHANGELOG.md LICENSE $(wildcard dist/NOTICE*)

.PHONY: install uninstall deb dist-check

## Installs a program that was built: see DESTDIR, prefix, BINARY, UNITS.
install:
	@test -f $(BINARY) || { echo "$(BINARY) is not there: build it first (make build)" >&2; exit 1; }
	install -Dm755 $(BINARY) $(DESTDIR)$(bindir)/kanto-auto-deployer
	install -Dm644 dist/man/kanto-auto-deployer.8 $(DESTDIR)$(mandir)/man8/kanto-auto-deployer.8
	install -Dm644 dist/completions/kanto-auto-deployer.bash $(DESTDIR)$(bashcompletiondir)/kanto-auto-deployer
	install -Dm644 dist/completions/_kanto-auto-deployer $(DESTDIR)$(zshcompletiondir)/_kanto-auto-deployer
	install -Dm644 dist/completions/kanto-auto-deployer.fish $(DESTDIR)$(fishcompletiondir)/kanto-auto-deployer.fish
	install -Dm644 -t $(DESTDIR)$(docdir) $(DOCUMENTS)
	install -Dm644 -t $(DESTDIR)$(docdir)/docs docs/*.md docs/result.schema.json
	install -d $(DESTDIR)$(unitdir)
	for unit in $(UNITS); do \
		sed 's|/usr/bin/kanto|$(bindir)/kanto|; s|/etc/default/|$(sysconfdir)/default/|' dist/systemd/$$unit \
			>$(DESTDIR)$(unitdir)/$$unit && chmod 644 $(DESTDIR)$(unitdir)/$$unit || exit 1; \
	done
	@# An existing file is kept, with its settings.
	test -e $(DESTDIR)$(sysconfdir)/default/kanto-auto-deployer || \
		install -Dm644 dist/systemd/kanto-auto-deployer.default $(DESTDIR)$(sysconfdir)/default/kanto-auto-deployer

# $(sysconfdir)/default/kanto-auto-deployer and the state file stay.
## Removes what `make install` has installed.
uninstall:
	rm -f $(DESTDIR)$(bindir)/kanto-auto-deployer
	rm -f $(DESTDIR)$(mandir)/man8/kanto-auto-deployer.8
	rm -f $(DESTDIR)$(bashcompletiondir)/kanto-auto-deployer
	rm -f $(DESTDIR)$(zshcompletiondir)/_kanto-auto-deployer
	rm -f $(DESTDIR)$(fishcompletiondir)/kanto-auto-deployer.fish
	rm -rf $(DESTDIR)$(docdir)
	rm -f $(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(wildcard dist/systemd/*.service)))

# target/kanto-auto-deployer_VERSION_ARCHITECTURE.deb; see dist/debian/build for the variables.
## Makes a Debian package, in target.
deb: build
	dist/debian/build $(TESTED)/kanto-auto-deployer target

## Checks what is shipped beside the program: units, man page, completions, package.
dist-check: build
	.ci/dist-check $(TESTED)/kanto-auto-deployer
