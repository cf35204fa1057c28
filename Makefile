# Two commands do all the set-up: `make demo` and `make test`. Both need Python 3.10 to 3.13, git and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# The CPU build: a range without a pin would take a build for GPUs, of several gigabytes. See README, "Installing torch".
TORCH  ?= torch==2.13.0
WORKERS ?= 2

.PHONY: demo test lint types layers tests environment dev clean help bench-repair bench-edits bench-server bench-startup bench-overhead bench-feedback bench-vscode train-smoke

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make demo          install, then fix and implement on the sample project, live
demo: $(VENV)/.installed
	@$(BIN)/python examples/demo.py

## make test          install, then lint, types, layers and all tests
test: $(VENV)/.developing lint types layers tests

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developing
	$(BIN)/pyright

layers: $(VENV)/.developing
	$(BIN)/lint-imports

tests: $(VENV)/.developing
	$(BIN)/python -m pytest -m "not e2e" -n $(WORKERS)
	$(BIN)/python -m pytest -m e2e

## make bench-…       the benchmarks behind the figures in benchmarks/LOG.md
bench-repair: $(VENV)/.developing
	$(BIN)/python -m benchmarks.repair.run $(BENCH_ARGS)

bench-edits: $(VENV)/.developing
	$(BIN)/python -m benchmarks.edits $(BENCH_ARGS)

bench-server: $(VENV)/.developing
	$(BIN)/python -m benchmarks.server $(BENCH_ARGS)

bench-startup: $(VENV)/.developing
	$(BIN)/python -m benchmarks.startup

bench-overhead: $(VENV)/.developing
	$(BIN)/python -m benchmarks.overhead $(BENCH_ARGS)

bench-vscode: $(VENV)/.developing
	tests/e2e/vscode/setup.sh
	cd clients/vscode && npm ci --no-audit --no-fund && PYTHON=$(CURDIR)/$(BIN)/python npm run package
	node tests/e2e/vscode/timings.mjs

bench-feedback: $(VENV)/.developing
	$(BIN)/python -m benchmarks.feedback $(BENCH_ARGS)

## make train-smoke   every stage of the training on a tiny configuration
train-smoke: $(VENV)/.developing
	OMP_NUM_THREADS=1 $(BIN)/autogpt train all --recipe smoke --out $${OUT:-build/training/smoke}

environment: $(VENV)/.installed
dev: $(VENV)/.developing

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.10 to 3.13 is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || { echo "Making an environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade "pip>=25.1"
	@echo "Installing torch (CPU), transformers and the rest; the first time takes some minutes ..."
	@$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/python -m pip install -qq --disable-pip-version-check "$(TORCH)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group dev
	@touch $@

## make clean         remove the environment and caches
clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
