# Needs Python 3.11 or newer, pip and make; everything else goes into .venv.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Set, it makes each of the many processes of the tests compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup lint test lowest demo corpora matrix faults oracle bench clean

help:
	@echo "make demo     a risky migration under live traffic, naive and online, side by side"
	@echo "make test     the tests, on an embedded PostgreSQL"
	@echo "make lowest   the tests, with the oldest versions that pyproject.toml allows"
	@echo "make lint     ruff, mypy, import-linter"
	@echo "make corpora  whole migration histories of real applications, naive and online, compared"
	@echo "make matrix   verdicts and locks held against PostgreSQL 14 to 18 (needs node and npm)"
	@echo "make faults   hundreds of faults of many kinds under traffic, and what was lost; FAULTS='--quick' a few"
	@echo "make oracle   a thousand made-up migrations, naive and online, compared; ORACLE='--seed 7' for others"
	@echo "make bench    the benchmarks, beside what is required of them; BENCH='--quick' in small sizes"
	@echo "make clean    remove .venv and caches"

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found; install one or run: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(VENV)/drawing: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup $(VENV)/pgbouncer
	$(BIN)/python -m pytest

# Tests run behind a PgBouncer where it is installed, or can be unpacked from Debian's packages; else those are skipped.
$(VENV)/pgbouncer: $(VENV)/installed
	@mkdir -p $@ && cd $@ && { command -v pgbouncer || { \
		apt-get download pgbouncer $$(apt-cache depends pgbouncer | awk '/Depends: (libevent|libc-?ares)/ {print $$2}') && \
		for package in *.deb; do dpkg -x $$package . || exit 1; done; }; } >/dev/null 2>&1 || \
		echo "No PgBouncer here: the tests behind it are skipped."

lowest: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-lowest
	@$(BIN)/uv pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	$(VENV)-lowest/bin/python -m pytest

demo: setup
	$(BIN)/online-migrate demo

corpora: setup
	$(BIN)/python -m tests.corpora
	$(BIN)/python -m tests.corpora --no-empty --downgrades 20

matrix: setup
	$(BIN)/python -m tests.matrix

faults: setup $(VENV)/pgbouncer
	$(BIN)/python -m tests.faults $(FAULTS)

oracle: setup
	ONLINE_MIGRATE_ORACLE=all $(BIN)/python -m pytest tests/differential
	$(BIN)/python -m tests.oracle $(ORACLE)

bench: $(VENV)/drawing
	$(BIN)/python -m benchmarks $(BENCH)

clean:
	rm -rf $(VENV) $(VENV)-lowest .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
