# make run     everything that a fresh machine needs, then the site on http://127.0.0.1:8000 (PORT=... changes it)
# make demo    paints the demo into the database (make run does it when the gallery is empty)
# make test    every test, with real PostgreSQL, Redis, workers and Chromium
# make check   linters, types, architecture, migrations, deployment checks: what CI runs before the tests
# make format  writes code, templates, scripts and styles as `make check` wants them
# make results   measures everything on the data in LAB_DATA=... and writes docs/results.md; reports that are there stay
# make bench    speed beside the libraries that one would take instead: bench.json, docs/performance.md
# make screenshots   the README's pictures, made anew from a demo
# make clean   removes what was built; DATA_DIR and media stay

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?= -n 2 --dist loadscope --no-loadscope-reorder --durations=15
BIN := .venv/bin
export LAB_DATA
export PATH := $(CURDIR)/$(BIN):$(PATH)
FORMATTED := static '!static/css/ratios.css'
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard imagerec/locale/*/LC_MESSAGES/*.po))

# What is done here is done to this checkout: never to the machine's own site (/etc/imagerec.env).
export IMAGEREC_ENV ?= $(or $(wildcard $(CURDIR)/.env),/dev/null)
ifeq ($(IMAGEREC_ENV),/dev/null)
prepare run demo: export SITE_URL ?= http://127.0.0.1:$(PORT)
endif

.PHONY: help install install-dev prepare run demo test check format results bench screenshots clean

help:
	@sed -n 's/^# //p' Makefile

install: .venv/.installed $(CATALOGUES)
install-dev: .venv/.installed-dev $(CATALOGUES)

.venv/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ImageRec needs Python 3.11 or newer.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

%.mo: %.po .venv/.installed
	pybabel --quiet compile --statistics --input-file $< --output-file $@

prepare: install
	python manage.py prepare

run: prepare
	@python -m imagerec.announce http://127.0.0.1:$(PORT) &
	@honcho start --no-colour --env /dev/null --port $(PORT) || test $$? -eq 130

demo: install
	python manage.py migrate --verbosity 0
	python manage.py demo

test: install-dev
	.ci/services
	python -m pytest $(PYTEST_ARGS)

check: install-dev
	ruff check .
	ruff format --check .
	djangofmt --quiet --check templates
	djangofmt --quiet check templates
	oxlint --config .ci/oxlint.json --deny-warnings static
	oxfmt --config .ci/oxfmt.json --check $(FORMATTED)
	mypy .
	lint-imports --no-cache
	python manage.py makemigrations --check --dry-run
	.ci/check-production

format: install-dev
	ruff format .
	djangofmt --quiet check --fix templates
	djangofmt --quiet templates
	oxfmt --config .ci/oxfmt.json $(FORMATTED)

results: install
	@test -n "$${LAB_DATA:-}" || { echo "LAB_DATA is the folder in which the data folders lie: make results LAB_DATA=..."; exit 1; }
	python manage.py lab results --data "$$LAB_DATA"

bench: install-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-bench.txt
	python -m tests.benchmarks $(BENCH)

screenshots: install-dev
	python -m tests.browser.screenshots

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis test-artefacts $(CATALOGUES)
	find . -name __pycache__ -prune -exec rm -rf {} +
