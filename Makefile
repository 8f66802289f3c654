# Two commands for a newcomer: `make demo` runs the main job, `make test` the tests. Each installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
WORKERS ?= 2
# A lock is complete, so nothing is resolved at installation, and what builds a source distribution is pinned too: no later
# release of anything changes what is installed, or whether it is.
VENV = $(PYTHON) -m venv .venv && $(PIP) --require-hashes -r requirements/build.lock
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
INSTALL := $(PIP) --no-build-isolation --use-pep517
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
  --no-emit-index-url --no-annotate --no-header --quiet

.PHONY: demo test check lint types results lock clean
demo: .venv/demo
	$(BIN)/foresale demo $(if $(WORLD),--world) $(ARGS)

# two workers, each with one thread for its linear algebra: more would wait for each other on a machine of two cores
test: .venv/dev
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

check: lint types test

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

results: .venv/dev
	$(BIN)/python -m benchmarks.results

proof-%: .venv/dev
	$(BIN)/python -m benchmarks.proofs.prove $*

# what `make demo` needs; the tests need more, and theirs hold all of it
.venv/demo: requirements/build.lock requirements/demo.lock pyproject.toml
	$(VENV)
	$(INSTALL) --require-hashes -r requirements/demo.lock
	$(INSTALL) -e .
	touch $@

.venv/dev: requirements/build.lock requirements/dev.lock pyproject.toml
	$(VENV)
	$(INSTALL) --require-hashes -r requirements/dev.lock
	$(INSTALL) -e .
	touch .venv/demo $@

lock:  ## renew the lock files after a change in pyproject.toml (needs uv)
	$(LOCK) requirements/build.in -o requirements/build.lock
	$(LOCK) pyproject.toml --extra demo -o requirements/demo.lock
	$(LOCK) pyproject.toml --extra postgres --constraint requirements/demo.lock -o requirements/service.lock
	$(LOCK) pyproject.toml --extra demo --extra dev --extra postgres --extra spark --constraint requirements/demo.lock \
	  -o requirements/dev.lock
	$(BIN)/python tests/locks.py

clean:
	rm -rf .venv var build dist *.egg-info
