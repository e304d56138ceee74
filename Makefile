# Every command of the portal; `make help` lists them. Paths are relative and tools run as `python -m`, so the folder
# may have a space in its name and may be moved. A step that is done leaves a stamp and costs nothing the next time.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
ENVIRONMENT := $(shell sh deploy/environment.sh check)
PY := .venv/bin/python
ARGS ?=
PACKAGES := kommunesamarbeid municipalities matching tests deploy
# What `manage.py check --deploy` is told about an imagined host; no connection is made to any of it.
DEPLOYED := PORTAL_MODE=service ALLOWED_HOSTS=portal.example BASE_URL=https://portal.example \
	SECRET_KEY=0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ \
	DATABASE_URL=postgresql://portal@database.example/portal REDIS_URL=redis://broker.example/0 \
	EMAIL_URL=smtp+tls://mail.example:587

.PHONY: help run serve services test test-sqlite bench check check-style check-types check-imports check-templates \
	check-migrations check-deploy check-catalogs format messages assets lock clean

help: ## show this list
	@echo "make COMMAND, where COMMAND is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 18

# --- running ----------------------------------------------------------------------------------------------------
run: .venv/.app static/vendor/.stamp ## the portal on http://localhost:8000, ready to use (PORT=8001; DEMO=0 EMAIL_URL=… for an empty one)
	@exec $(PY) -m kommunesamarbeid.serve

serve: .venv/.app static/vendor/.stamp ## service mode: web, worker and beat as separate processes (DATABASE_URL, REDIS_URL, EMAIL_URL)
	@exec $(PY) -m deploy.service

services: .venv/.dev ## a private PostgreSQL and Redis for development; prints what to export
	@sh deploy/packages.sh tests
	@exec $(PY) -m tests.services

# --- testing ----------------------------------------------------------------------------------------------------
test: .venv/.dev static/vendor/.stamp ## the whole suite: SQLite, PostgreSQL, Redis with a real worker, Chromium (ARGS="-k word")
	@sh deploy/packages.sh tests
	@exec $(PY) -m tests.suite $(ARGS)

test-sqlite: .venv/.dev static/vendor/.stamp ## the part of the suite that needs no services and no browser
	@exec $(PY) -m tests.suite --sqlite-only $(ARGS)

bench: .venv/.dev ## measure the matching engine
	@exec $(PY) -m tests.bench $(ARGS)

check: check-style check-types check-imports check-templates check-migrations check-deploy check-catalogs ## all gates but the tests
	@echo "check: all green"

check-style: .venv/.dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check

check-types: .venv/.dev
	$(PY) -m mypy $(PACKAGES)

check-imports: .venv/.dev
	$(PY) -c 'from importlinter.cli import lint_imports_command as check; check()'

check-templates: .venv/.dev
	$(PY) -m djlint templates --lint
	$(PY) -m djlint templates --check

check-migrations: .venv/.dev
	$(PY) manage.py makemigrations --check --dry-run

check-deploy: .venv/.dev
	$(DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING

check-catalogs: .venv/.dev
	@sh deploy/packages.sh catalogs
	$(PY) -m deploy.catalogs check

# --- keeping ----------------------------------------------------------------------------------------------------
format: .venv/.dev ## bring code and templates into their form
	$(PY) -m ruff check --fix
	$(PY) -m ruff format
	$(PY) -m djlint templates --reformat --quiet

messages: .venv/.dev ## gather the texts into locale/ (nb, nn, uk) and compile the catalogs
	@sh deploy/packages.sh catalogs
	$(PY) -m deploy.catalogs update

assets: static/vendor/.stamp ## what the browser loads that is not ours, into static/vendor

lock: .venv/.dev ## lock requirements*.in, deploy/node.in and package.json anew (ARGS=--upgrade for newer versions)
	@$(PY) -m deploy.lock $(ARGS)

clean: ## remove what make built: environment, packages, caches (never var/, where the data lives)
	rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- steps ------------------------------------------------------------------------------------------------------
.venv/.made:
	@sh deploy/environment.sh make

.venv/.app: requirements.txt | .venv/.made
	@sh deploy/environment.sh install requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.app
	@sh deploy/environment.sh install requirements-dev.txt
	@touch $@

node_modules/.stamp: package-lock.json | .venv/.app
	@$(PY) -m deploy.assets install
	@touch $@

static/vendor/.stamp: node_modules/.stamp deploy/assets.py
	@$(PY) -m deploy.assets copy
	@touch $@
