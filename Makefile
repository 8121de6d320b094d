# Two commands do everything on a machine with python3 (3.12), make, git and a C++ compiler:
#   make reproduce   from the compiled figures to the report
#   make test        lint, types, import contracts, executed examples, tests
.DEFAULT_GOAL := help
.PHONY: help reproduce quick test browser calibrate bench lock check-python clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PART ?= all
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@sed -n '1,3p' Makefile | cut -c3-
	@echo "  make quick | calibrate [PART=name CLUSTER=tcp://HOST:PORT] | bench | lock | clean"

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' || \
	{ echo "Python 3.12 is needed (the locked wheels are for it); $(PYTHON) is $$($(PYTHON) --version 2>&1). Set PYTHON=/path/to/python3.12"; exit 2; }

$(READY): requirements.lock pyproject.toml | check-python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $(READY)

reproduce: $(READY)
	@$(BIN)/regional-econ reproduce

quick: $(READY)
	@$(BIN)/regional-econ reproduce --profile quick

test: $(READY) browser
	$(BIN)/ruff check src tests analyses benchmarks
	$(BIN)/ruff format --check src tests analyses benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder --doctest-modules src/regional_econ tests -m "not calibrate"

# Debian's chromium for the tests of the site; where it cannot be installed they are skipped with that reason.
browser:
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && \
	{ apt-get update && apt-get install --yes --no-install-recommends chromium; } >/dev/null 2>&1; } || \
	echo "No chromium here: the browser tests will be skipped."

calibrate: $(READY)
	$(BIN)/python benchmarks/calibrate.py $(PART) $(if $(CLUSTER),--cluster $(CLUSTER))
	$(BIN)/python -m pytest tests -m calibrate

bench: $(READY)
	$(BIN)/python benchmarks/run.py

lock: $(READY)
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --no-strip-extras --all-extras --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	  --pip-args '--only-binary :all:' --output-file requirements.lock pyproject.toml

clean:
	rm -rf bld reports/out
