# Dongcha in a few commands; `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# A newer Node than Debian's, where tests/setup.sh had to fetch one.
TOOLS := $(TARGET)/tools
export PATH := $(TOOLS)/node/node_modules/node/bin:$(PATH)
export DONGCHA_TOOLS := $(TOOLS)
.NOTPARALLEL:

ARGS ?=
SUITE ?= recommenders
DATA ?=
ONLY ?=
# The property tests' random inputs: the same for everyone unless another number is given.
SEED ?= 20261124

heading = @printf '\n== %s\n' $(1)

.PHONY: help build demo test test-rust test-web lint bench clean-data toolchain setup

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

build: toolchain ## Builds the dongcha program
	cargo build --release --locked -p dongcha
	@echo "built $(TARGET)/release/dongcha"

demo: build ## Loads the shipped data, trains, reports and serves it; ARGS=--no-serve only reports
	$(TARGET)/release/dongcha demo $(ARGS)

test: lint test-web test-rust ## Installs what tests need and runs them all; SEED=n tries other inputs
	$(call heading,"all tests passed")

lint: setup ## Checks formatting and clippy, warnings denied
	$(call heading,"cargo fmt")
	cargo fmt --all --check
	$(call heading,"cargo clippy")
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

test-web: setup
	$(call heading,"dashboard: types and templates")
	cd web && npm run --silent check
	$(call heading,"dashboard: unit tests and the committed build")
	cd web && npm test --silent

test-rust: setup
	$(call heading,"cargo test: unit and property and doc and tidy and whole-system and browser tests")
	cargo build --release --locked -p dongcha
	DONGCHA_REQUIRE_BROWSER=$${DONGCHA_REQUIRE_BROWSER-1} PROPTEST_RNG_SEED="$(SEED)" \
		cargo test --release --locked --workspace

bench: toolchain ## Measures and compares; SUITE=recommenders|text|decisions|behaviour|lake DATA=folder ONLY=rows
	cargo run --release --locked -p dongcha-benches -- --suite "$(SUITE)" \
		$(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only "$(ONLY)")

clean-data: ## Removes what the demo stored
	rm -rf demo-data

setup: toolchain
	@tests/setup.sh

toolchain:
	@command -v cargo >/dev/null || { \
		echo "Rust is missing: install it from https://rustup.rs and run this again" >&2; \
		exit 1; }
	@command -v cc >/dev/null || { \
		echo "a C compiler is missing: apt-get install build-essential" >&2; exit 1; }
