# Everything a developer types. Each target works on a fresh clone: `make run`, `make test`, `make check`.

PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
JOURNEY ?= --count 500 --kills 3 --seed 11

# Settings for tools that load Django without touching a database: the port answers to nobody.
OFFLINE := BURSAR_ENV=test DATABASE_URL=postgresql://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 CELERY_BROKER_URL=redis://127.0.0.1:1/1

UV := .local/uv/bin/uv
RESOLVE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

.DEFAULT_GOAL := help
.PHONY: help run test check format format-check lint types imports migrations bench chaos seed pictures lock clean dev dotenv

help:  ## What there is to type
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run:  ## Bursar on http://127.0.0.1:8000 with its own PostgreSQL and Valkey (PORT=… for another port)
	@$(PYTHON) -m deploy.run

test: dev  ## The tests, on servers of their own (ARGS="tests/ledger -x" goes to pytest)
	@$(PY) -m deploy.testing $(ARGS)

check: format-check lint types imports migrations test  ## What CI asks: format, lint, types, imports, migrations, tests

format: dev  ## Lay the code out and repair what the linter can repair
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

format-check: dev
	@$(PY) -m ruff format --check .

lint: dev  ## ruff
	@$(PY) -m ruff check .

types: dev dotenv  ## mypy, strict
	@$(OFFLINE) $(PY) -m mypy

imports: dev  ## The floors: imports point only down
	@.venv/bin/lint-imports

migrations: dev dotenv  ## Is there a migration for every model as it is?
	@$(OFFLINE) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: dev dotenv  ## How fast, against a floor in the same run (ARGS=…)
	@$(PY) -m bench $(ARGS)

chaos: dev dotenv  ## kill -9 everything under load, then prove the books (ARGS=…), then the gateways (JOURNEY=…)
	@$(PY) -m bench.chaos $(ARGS)
	@$(PY) -m bench.journey $(JOURNEY)

seed: dev  ## The demo world once more, into the database of `make run`
	@$(PY) -m deploy.manage seed_demo

pictures: dev dotenv  ## docs/screenshots/, of the system that `make run` has started (ARGS="payments student", PORT=…)
	@$(PY) -m deploy.manage shell -v 0 -c "from tests.browser.pictures import take; take(*'$(ARGS)'.split())"

lock:  ## Resolve requirements/*.in into the pinned and hashed files
	@test -x $(UV) || { $(PYTHON) -m venv .local/uv && .local/uv/bin/python -m pip install --quiet uv; }
	@$(RESOLVE) requirements/runtime.in -o requirements.txt
	@$(RESOLVE) requirements/embedded.in -o requirements/embedded.txt
	@$(RESOLVE) requirements/dev.in -o requirements/dev.txt

clean:  ## Remove .local/: databases, logs, static files. The virtualenv and .env stay.
	@$(PYTHON) -m deploy.clean

dev:
	@$(PYTHON) -m deploy.bootstrap --dev

dotenv:
	@$(PYTHON) -m deploy.dotenv
