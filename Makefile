# The two commands: `make demo` and `make test`. Both install what is missing (cmake, g++) by apt-get, and build.

CARGO ?= cargo
# gRPC's C++ core takes minutes to compile: every target uses the release profile and one target directory, so that this
# happens once.
RELEASE = target/release/kanto-auto-deployer
TESTED = target/tested
# Bytes, stripped: the gates for the program with and without default features.
SIZE_GATE = 1700000
SIZE_GATE_MINIMAL = 1600000

.PHONY: all build test lint size demo bench soak clean

all: build

build:
	@.ci/build-dependencies
	$(CARGO) build --release --locked --no-default-features
	@mkdir -p $(TESTED) && cp $(RELEASE) $(TESTED)/kanto-auto-deployer-minimal
	$(CARGO) build --release --locked
	@cp $(RELEASE) $(TESTED)/kanto-auto-deployer

# `cargo test` leaves a binary of its own making in target/release: the tests run the copy of the
# real one. Most of them wait for something: more threads than cores.
test: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer RUST_TEST_THREADS=8 $(CARGO) test --release --locked --workspace

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --release --locked --no-default-features -- -D warnings

size: build
	.ci/size-check $(TESTED)/kanto-auto-deployer $(SIZE_GATE)
	.ci/size-check $(TESTED)/kanto-auto-deployer-minimal $(SIZE_GATE_MINIMAL)

demo: build
	$(CARGO) build --release --locked --example simulated-kanto-cm
	@examples/demo $(TESTED)/kanto-auto-deployer target/release/examples/simulated-kanto-cm

# Numbers, not verdicts (but for counts): see benches/README.md.
bench: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer $(CARGO) bench --profile release --locked --bench watching

# The daemon for MINUTES (2) of random changes, failures and restarts.
soak: build
	KAD_BINARY=$(CURDIR)/$(TESTED)/kanto-auto-deployer $(CARGO) bench --profile release --locked --bench soak

clean:
	$(CARGO) clean
