# make run    starts the demo; the first time it also makes .venv
# make test   runs every check and every test

PYTHON ?= python3
UV ?= $(or $(wildcard .venv/bin/uv),uv)
ARGS ?=

BIN := .venv/bin
RUNTIME := .venv/runtime.stamp
DEVELOPMENT := .venv/development.stamp
BUNDLE := server/static/graphiql
# Other authors' clients, each with packages of its own, that the tests let loose on the sandbox.
CLIENTS := .clients/jira.stamp .clients/atlassian.stamp .clients/node.stamp
# What Juncture asked of Jira during the tests and what the sandbox answered, to be checked once.
EXCHANGES := .exchanges
# Half as many again as cores: many tests wait for processes of their own.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)
FOLDERS := server schema resolvers oauth jira_api storage sandbox

# Everything is compiled once, on all cores: each start of the demo and of the tests' processes is
# seconds quicker for it, and some environments forbid Python to keep what it compiles on import.
PIP_FLAGS := --quiet --disable-pip-version-check --no-input --no-compile
PIP := $(BIN)/python -m pip install $(PIP_FLAGS)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make requirements'

MAKEFLAGS += --no-builtin-rules

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: .venv run test check faults mutants schema requirements clean

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

.clients/node.stamp: tests/clients/package.json tests/clients/package-lock.json | $(RUNTIME)
	@echo "==> .clients/node: the pinned client of tests/clients/package.json"
	@mkdir -p .clients/node
	@cp tests/clients/package.json tests/clients/package-lock.json .clients/node/
	@cd .clients/node && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit \
		--no-fund --loglevel=error >/dev/null
	@touch $@

.clients/%.stamp: requirements/clients-%.txt | $(RUNTIME)
	@echo "==> .clients/$*: the pinned client of requirements/clients-$*.txt"
	@$(BIN)/python -m venv --clear --without-pip .clients/$*
	@$(BIN)/python -m pip --python .clients/$*/bin/python install $(PIP_FLAGS) \
		--no-deps --require-hashes -r requirements/clients-$*.txt
	@$(BIN)/python -m compileall -q -j 0 .clients/$*/lib
	@touch $@

test: check $(CLIENTS)
	@rm -rf $(EXCHANGES)
	@echo "==> pytest"
	@$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term \
		--ignore tests/contract --record-exchanges=$(EXCHANGES) $(ARGS)
	@echo "==> pytest tests/contract"
	@$(BIN)/python -m pytest tests/contract --check-exchanges=$(EXCHANGES)

faults: $(DEVELOPMENT)
	@echo "==> tests.faults"
	@$(BIN)/python -m tests.faults --out docs/security.md $(ARGS)

mutants: $(DEVELOPMENT)
	@echo "==> tests.faults.mutants"
	@$(BIN)/python -m tests.faults.mutants $(ARGS)

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
	@for client in jira atlassian; do \
		echo "==> requirements/clients-$$client.txt"; \
		$(COMPILE) --fork-strategy fewest --group clients-$$client \
			--output-file requirements/clients-$$client.txt >/dev/null || exit; \
	done

clean:
	@rm -rf .venv .clients $(EXCHANGES) $(BUNDLE) build dist *.egg-info .coverage .coverage.* .hypothesis \
		.import_linter_cache .mypy_cache .pytest_cache .ruff_cache schema.graphql.new
	@find $(FOLDERS) tests -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo "==> clean: .venv, .clients, GraphiQL's files and all caches are gone; .juncture stays"
