# make serve and make test are all a newcomer needs; both create .venv from hash-locked files.
# Paths are relative: $(CURDIR) breaks in a folder whose name has a space.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: setup serve build test check format lint lock bench bench-setup clean

setup: $(VENV)/.complete ## create .venv alone

# A virtual environment holds its own path: in a folder that was moved it is made anew.
ifneq ($(shell cat $(VENV)/.complete 2>/dev/null),$(shell pwd))
.PHONY: $(VENV)/.complete
endif

$(VENV)/.complete: requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	pwd > $@

serve: setup ## a release if there is none, then the service on 127.0.0.1
	$(VENV)/bin/glocal serve --port $(PORT)

build: setup ## a new release in releases/
	$(VENV)/bin/glocal build

check: setup ## everything that can be wrong with the curated files
	$(VENV)/bin/glocal check

test: setup lint $(VENV)/.javascript ## linters, types, contracts and all tests
	$(PY) -m pytest

# jsonld.js, with which the tests read JSON-LD beside PyLD; Node and npm come in a wheel.
$(VENV)/.javascript: $(VENV)/.complete tests/javascript/package-lock.json
	mkdir -p $(VENV)/javascript
	cp tests/javascript/package.json tests/javascript/package-lock.json $(VENV)/javascript
	$(PY) tests/javascript/npm.py ci --prefix $(VENV)/javascript --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
	touch $@

lint: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/turtlefmt --check ontology kg/curated benchmarks

format: setup ## rewrite Python and Turtle in the one spelling
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/turtlefmt ontology kg/curated benchmarks

bench-setup: $(VENV)/.benchmarks ## the peers of the benchmarks, beside the rest in .venv

$(VENV)/.benchmarks: $(VENV)/.complete requirements-benchmarks.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-benchmarks.lock
	touch $@

bench: bench-setup ## everything that is measured, as Markdown; about half an hour
	$(PY) benchmarks/measure.py
	$(PY) benchmarks/runaway.py
	$(PY) benchmarks/kills.py
	$(PY) benchmarks/serving.py
	$(PY) benchmarks/reasoning.py

lock: ## renew the lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock --group pyproject.toml:benchmarks -o requirements-benchmarks.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-build.in -o requirements-build.lock

clean:
	rm -rf $(VENV) releases .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
