# make run    starts the demo; the first time it also makes .venv
# make test   runs every check and every test

PYTHON ?= python3
UV ?= $(or $(wildcard .venv/bin/uv),uv)
ARGS ?=

BIN := .venv/bin
RUNTIME := .venv/runtime.stamp
DEVELOPMENT := .venv/development.stamp
BUNDLE := server/static/graphiql
FOLDERS := server schema resolvers oauth jira_api storage sandbox

# Everything is compiled once, on all cores: each start of the demo and of the tests' processes is
# seconds quicker for it, and some environments forbid Python to keep what it compiles on import.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make requirements'

MAKEFLAGS += --no-builtin-rules

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: .venv run test check schema requirements clean

.venv: $(RUNTIME)

$(RUNTIME): requirements/runtime.txt requirements/node.txt pyproject.toml hatch_build.py \
		graphiql/package.json graphiql/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Juncture needs Python 3.11 or newer, and '$(PYTHON)' is not." \
			"Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@rm -f $(RUNTIME) $(DEVELOPMENT)
	@echo "==> .venv: a virtual environment of $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { \
		echo "'$(PYTHON) -m venv' failed; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "==> .venv: the pinned packages"
	@$(PIP) --no-deps --require-hashes -r requirements/runtime.txt
	@command -v npm >/dev/null || { echo "==> .venv: Node, as this machine has no npm"; \
		$(PIP) --no-deps --require-hashes -r requirements/node.txt; }
	@echo "==> .venv: Juncture and GraphiQL's files"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib $(FOLDERS)
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/dev.txt
	@echo "==> .venv: the pinned tools for tests"
	@$(PIP) --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m compileall -q -j 0 .venv/lib
	@touch $@

run: $(RUNTIME)
	@$(BIN)/juncture demo $(ARGS)

check: $(DEVELOPMENT)
	@echo "==> ruff check"
	@$(BIN)/ruff check .
	@echo "==> ruff format --check"
	@$(BIN)/ruff format --check .
	@echo "==> mypy"
	@$(BIN)/mypy
	@$(BIN)/mypy hatch_build.py
	@echo "==> lint-imports"
	@$(BIN)/lint-imports

test: check
	@echo "==> pytest"
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term $(ARGS)

schema: $(RUNTIME)
	@$(BIN)/juncture schema > schema.graphql.new
	@mv schema.graphql.new schema.graphql
	@echo "==> schema.graphql is written"

requirements:
	@command -v $(UV) >/dev/null || { echo "make requirements needs uv:" \
		"install it, or name it: make requirements UV=/path/to/uv" >&2; exit 1; }
	@echo "==> requirements/runtime.txt"
	@$(COMPILE) pyproject.toml --group build --output-file requirements/runtime.txt >/dev/null
	@echo "==> requirements/node.txt"
	@$(COMPILE) --group node --output-file requirements/node.txt >/dev/null
	@echo "==> requirements/dev.txt"
	@$(COMPILE) --group dev --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt >/dev/null

clean:
	@rm -rf .venv $(BUNDLE) build dist *.egg-info .coverage .coverage.* .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache schema.graphql.new
	@find $(FOLDERS) tests -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo "==> clean: .venv, GraphiQL's files and all caches are gone; .juncture stays"
