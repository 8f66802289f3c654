# Two commands for a newcomer: `make demo` runs the main job, `make test` the tests. Each installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo test check lint types results lock clean
demo: .venv/installed
	$(BIN)/foresale demo $(if $(WORLD),--world) $(ARGS)

test: .venv/installed
	$(BIN)/python -m pytest $(ARGS)

check: lint types test

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed
	$(BIN)/mypy

results: .venv/installed
	$(BIN)/python -m benchmarks.results

proof-%: .venv/installed
	$(BIN)/python -m benchmarks.proof $*

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lock:  ## renew requirements.lock after a change in pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra demo --extra dev --extra postgres --extra spark --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean:
	rm -rf .venv var build dist *.egg-info
