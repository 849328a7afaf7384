# Presupposed: make and Python 3.11 or newer. Everything else comes from the package registries, pinned by hash.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv vendor demo serve check test soak fuzz bench bench-long lock clean

# Else every process of the tests compiles every module anew, and pytest rewrites every assertion in each worker.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
NPM ?= $(shell command -v npm 2>/dev/null)
# Test processes side by side; a module stays in one of them, and the long ones come first (tests/conftest.py).
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
PYTEST := $(BIN)/python -m pytest
SIDE_BY_SIDE := --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder -o tmp_path_retention_policy=failed
IN_MEMORY := $(BIN)/python tools/in_memory.py

help:
	@echo "make demo     a simulated port on http://127.0.0.1:8000, with keys for every role"
	@echo "make serve    the server alone, on its embedded database"
	@echo "make check    lint, types, import contracts, tests that need no server: before every commit"
	@echo "make test     every test"
	@echo "make bench    the ratios in bench/results.md;  make bench-long  the full counts;  make soak  the long tests"
	@echo "make fuzz     the formats under twenty thousand wounds each, then under atheris"
	@echo "make lock     writes the lock files anew (UPGRADE=--upgrade to move the pins);  make clean"

# --- what has to be there -------------------------------------------------------------------------------------------

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: requirements.txt pyproject.toml | $(VENV)/created
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/bench: requirements-dev-bench.txt $(VENV)/dev
	$(PIP) --require-hashes -r requirements-dev-bench.txt
	@touch $@

# Where the machine has no npm, PyPI brings one into the venv.
ifeq ($(NPM),)
NPM := $(abspath $(BIN))/npm
$(VENV)/node: requirements-node.txt | $(VENV)/created
	$(PIP) --require-hashes -r requirements-node.txt
	@touch $@
else
$(VENV)/node: | $(VENV)/created
	@touch $@
endif

node_modules/copied: package-lock.json tools/vendor.py $(VENV)/node
	PATH="$(abspath $(BIN)):$$PATH" $(NPM) ci --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python tools/vendor.py
	@touch $@

venv: $(VENV)/dev
vendor: node_modules/copied

# --- what to do with it ---------------------------------------------------------------------------------------------

demo: $(VENV)/run node_modules/copied
	$(BIN)/digital-port demo

serve: $(VENV)/run node_modules/copied
	$(BIN)/digital-port serve

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(IN_MEMORY) $(PYTEST) $(SIDE_BY_SIDE) -q -m "not (server or browser or slow or soak)"

test: $(VENV)/dev node_modules/copied
	$(IN_MEMORY) $(PYTEST) $(SIDE_BY_SIDE)

# The promises of docs/operating.md at their full counts; only=kill takes those whose name has that word.
soak: $(VENV)/dev node_modules/copied
	SOAK_RECORD=bench/soak.md $(PYTEST) -m soak --timeout 7200 --hypothesis-profile soak $(if $(only),-k $(only))

fuzz: $(VENV)/bench
	$(PYTEST) tests/test_formats_fuzz.py --timeout 7200 --hypothesis-profile soak
	$(BIN)/python bench/fuzz.py

bench: $(VENV)/bench
	$(BIN)/python -m bench

bench-long: $(VENV)/bench
	$(BIN)/python -m bench --long

# The options keep the addresses of registries out; a constraint keeps one version of a package in all locks.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
	--no-emit-index-url --no-emit-find-links --no-header

lock: $(VENV)/node
	$(PIP) uv
	$(COMPILE) pyproject.toml --group build -o requirements.txt
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt
	$(COMPILE) pyproject.toml --group build --group dev --group bench -c requirements-dev.txt -o requirements-dev-bench.txt
	$(COMPILE) --group pyproject.toml:node -o requirements-node.txt
	PATH="$(abspath $(BIN)):$$PATH" $(NPM) install --package-lock-only --ignore-scripts --silent
	$(BIN)/python tools/strip_lock.py
	@! grep -nE 'https?:|file:' requirements*.txt package-lock.json

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info web/static/vendor tests/browser/vendor
	rm -rf .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
