# Two commands do everything on a machine with python3 (3.12), make, git and a C++ compiler:
#   make reproduce   from the compiled figures to the report
#   make test        lint, types, import contracts, executed examples, tests
.DEFAULT_GOAL := help
.PHONY: help reproduce quick test browser calibrate bench mutate coverage lock check-python clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
QUALITY := bld/quality
TOOLS := $(QUALITY)/.ready
PART ?= all
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@sed -n '1,3p' Makefile | cut -c3-
	@echo "  make quick | calibrate [PART=name CLUSTER=tcp://HOST:PORT] | bench | mutate [PART=name] | coverage [ROOM=name]"
	@echo "  make lock | clean"

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
	$(if $(filter-out all,$(PART)),,$(BIN)/python -m pytest tests -m calibrate)
	$(if $(filter-out all,$(PART)),,$(MAKE) mutate)
	$(if $(filter-out all,$(PART)),,$(MAKE) coverage)

bench: $(READY)
	$(BIN)/python benchmarks/run.py

# What looks at the tests stands apart from what runs them: an environment of its own that sees the project's packages.
$(TOOLS): Makefile | $(READY)
	$(PYTHON) -m venv $(QUALITY)
	@sed -n 's/^\([A-Za-z0-9._-]*==[^ ;]*\).*/\1/p' requirements.lock > $(QUALITY)/pins.txt
	$(QUALITY)/bin/python -m pip install --quiet --constraint $(QUALITY)/pins.txt mutmut==3.8.1 coverage==7.17.5
	@echo "import site; site.addsitedir('$(abspath $(VENV))/lib/python3.12/site-packages')" \
	  > $(QUALITY)/lib/python3.12/site-packages/zz_project.pth
	@touch $(TOOLS)

mutate: $(TOOLS)
	$(QUALITY)/bin/python benchmarks/mutate.py $(PART)

# On the full disk of that test coverage's own file cannot be written either.
coverage: MEASURED = --include="src/regional_econ/$(if $(ROOM),$(ROOM)/,)*"
coverage: $(TOOLS)
	$(QUALITY)/bin/python -m coverage erase
	$(QUALITY)/bin/python -m coverage run -m pytest -n auto --dist loadscope --no-loadscope-reorder \
	  --doctest-modules src/regional_econ/$(ROOM) tests/$(ROOM:_%=%) -m "not calibrate" \
	  --deselect tests/stress/test_faults.py::test_a_disk_that_is_full_is_named_and_the_next_run_goes_on
	$(QUALITY)/bin/python -m coverage combine --quiet
	$(QUALITY)/bin/python -m coverage report --skip-covered --sort=cover $(MEASURED)
	$(QUALITY)/bin/python -m coverage json --quiet -o $(QUALITY)/coverage.json $(MEASURED)
	@$(QUALITY)/bin/python -c 'import json; share = json.load(open("$(QUALITY)/coverage.json"))["totals"]["percent_branches_covered"]; \
	  print(f"branches: {share:.1f} %"); raise SystemExit(share < 90)'

lock: $(READY)
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --no-strip-extras --all-extras --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	  --pip-args '--only-binary :all:' --output-file requirements.lock pyproject.toml

clean:
	rm -rf bld reports/out
