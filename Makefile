# Every verb makes what it needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
ARGS ?=

.PHONY: help run test check bench faults faults-short soak install install-dev \
	lint unit parts agents browser

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(INSTALLED) ## start everything on this machine (ARGS="--port 8080 --no-demo")
	@$(BIN)/python manage.py up $(ARGS)

test: lint unit parts agents browser faults-short ## all that CI runs: lint, types, import rules, tests, short faults

check: lint unit ## the quick part of test: no part is started

bench: $(INSTALLED_DEV) ## measure ingest, store and search beside peers (docs/performance.md)
	@$(BIN)/python -m bench.run $(ARGS)

faults: $(INSTALLED_DEV) ## kill real processes and count entries (ARGS="-k store")
	$(BIN)/pytest -m faults $(ARGS)

faults-short: $(INSTALLED_DEV)
	$(BIN)/pytest -m "faults and not faults_long" $(ARGS)

soak: $(INSTALLED_DEV) ## a random fault every 20 s for half an hour (LOGSITE_SOAK_S=300)
	$(BIN)/pytest -s tests/faults/soak.py $(ARGS)

install: $(INSTALLED) ## make .venv with the run-time packages

install-dev: $(INSTALLED_DEV) ## make .venv with the packages of developing

lint: $(INSTALLED_DEV) ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy ingest stats logsite tests scripts manage.py
	$(BIN)/lint-imports

unit: $(INSTALLED_DEV) ## tests that need no real part
	$(BIN)/pytest -n auto -m "not parts and not agents and not browser and not faults" $(ARGS)

parts: $(INSTALLED_DEV) ## tests on real Kafka, MongoDB and Valkey
	$(BIN)/pytest -m "parts and not browser and not faults" $(ARGS)

agents: $(INSTALLED_DEV) ## rsyslog and syslog-ng of Debian send (AGENTS=required)
	$(BIN)/pytest -m agents $(ARGS)

browser: $(INSTALLED_DEV) ## tests of the pages in Chromium
	@scripts/ensure_chromium
	$(BIN)/pytest -m "browser and not faults" $(ARGS)

# Keyed on the requirements: they are read again when they change, and only then.
$(INSTALLED): requirements.txt requirements-embedded.txt | .venv/bin/python
	@echo "Installing requirements.txt (a minute or two, the first time) …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt requirements.txt requirements-embedded.txt | .venv/bin/python
	@echo "Installing requirements-dev.txt (a minute or two, the first time) …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(INSTALLED)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "logsite needs Python 3.11 or newer; say PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
