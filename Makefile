# What a newcomer needs: `make demo` and `make test`. Both set up everything they use, in .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NOT_INSTALLED = { echo "Not everything is installed. Where no version is found, the registry could not be reached:" \
	"pip asks pypi.org, or the mirror that PIP_INDEX_URL names."; exit 1; }

.PHONY: demo test test-next format lint types check bench pictures schema lock clean browser mail

demo: $(VENV)/ready
	$(BIN)/convenor demo

# One process for each core, four at most; the tests of a file stay together, since they share a desk or a site. Files
# begin in the order that tests/conftest.py gives them, the longest first.
SIDE_BY_SIDE = -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(VENV)/ready-dev browser mail
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)

# The same suite on the newest alpha of Datasette 1.0, in an environment of its own.
test-next: browser mail
	$(MAKE) VENV=.venv-next .venv-next/ready-dev
	.venv-next/bin/python -m pip --disable-pip-version-check --quiet install --pre --upgrade 'datasette>=1.0a0'
	.venv-next/bin/python -m pytest $(SIDE_BY_SIDE)

check: lint types test

format: $(VENV)/ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/ready-dev
	$(BIN)/mypy

bench: $(VENV)/ready-dev
	for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

pictures: $(VENV)/ready-dev browser
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/desk_pictures.py

# Pins and hashes of everything, for every platform, from the ranges in pyproject.toml.
# The catalogues of the desk hold every message of the code; what is new in them waits for a translator.
words: $(VENV)/ready-dev
	$(BIN)/python -m tests.words

# How a new database is made at once, for those who added a step to it.
schema: $(VENV)/ready-dev
	$(BIN)/python -m tests.schema

lock: $(VENV)/ready-dev
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		pyproject.toml --extra build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		pyproject.toml --extra dev -o requirements-dev.lock

clean:
	rm -rf .venv .venv-next demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "convenor needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Nothing is set up: $(PYTHON) makes no environments; its package of venv is missing."; exit 1; }

# Compiled here once: each start would compile it all where Python is told to write nothing beside the sources.
$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements.lock || $(NOT_INSTALLED)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) check || echo "The lock is older than pyproject.toml, and what is missing will be missed: make lock."
	$(BIN)/python -m compileall -q $(wildcard *.py) $(wildcard */)
	touch $@

$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	@$(PIP) install --require-hashes -r requirements-dev.lock || $(NOT_INSTALLED)
	touch $@

# Tests drive a Chromium that is already there, else Debian's, else Playwright's own.
browser: $(VENV)/ready-dev
	@$(BIN)/python tests/browser.py \
		|| { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null \
			&& $(BIN)/python tests/browser.py; } \
		|| $(BIN)/python -m playwright install --with-deps chromium \
		|| { echo "No Chromium, which the tests drive: install one, or name it with CHROMIUM=/its/path make test."; exit 1; }

# Tests of newsletters read from a real IMAP server, Dovecot; where it cannot be installed they say so and are skipped.
mail: $(VENV)/ready-dev
	@$(BIN)/python tests/crawlers/mail/dovecot.py \
		|| { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dovecot-imapd >/dev/null \
			&& $(BIN)/python tests/crawlers/mail/dovecot.py; } \
		|| echo "No Dovecot: the tests of IMAP are skipped."
