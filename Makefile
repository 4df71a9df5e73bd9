# One word for each thing to do; every target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
READY := .venv/.ready
PACKAGES := accounts backoffice compassionate config continuity events pharmacovigilance portal
# Test processes: one per processor.
WORKERS ?= auto
# Stacks that are broken, and minutes for all of them.
SEEDS ?= 5
MINUTES ?= 60
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run test check bench chaos lock fmt

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) ## make the Python environment in .venv

$(READY): requirements/dev.lock requirements/install.sh
	@sh requirements/install.sh requirements/dev.lock
	@$(PY) -m compileall -q $(PACKAGES)
	@touch $@

run: setup ## start everything, with demo people (PORT, DATA_DIR); Ctrl-C stops it
	@exec $(PY) -m config.local.up

test: setup ## run every test on a throw-away PostgreSQL
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup

check: setup ## formatting, lint, types, import contracts, migrations, docs
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check
	$(PY) -m pytest -q tests/consistency

bench: setup ## measure beside floors and peers; bench.json
	@sh requirements/install.sh requirements/bench.lock
	@$(PY) -m tests.benchmarks

chaos: setup ## break everything, SEEDS times in MINUTES; chaos.json
	@$(PY) -m tests.chaos --seeds $(SEEDS) --minutes $(MINUTES); told=$$?; \
	  $(PY) -m tests.chaos.orders && exit $$told

lock: setup ## lock requirements/*.in again: hashes, no address
	@for name in run dev bench; do \
	  PATH="$$PATH:.uv/bin" uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header requirements/$$name.in -o requirements/$$name.lock || exit 1; \
	done

fmt: setup ## format and mend what can be mended
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .
