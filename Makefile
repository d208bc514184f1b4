# Everything is run through `make`; continuous integration calls the same targets.
.POSIX:

PYTHON = python3
PROFILE = book
PORT = 8000
JOBS = 2
CHAPTERS =

# Tests that take minutes together, and use every package that the project depends on.
FAST = tests/task tests/metric tests/learn tests/imitation tests/lqr tests/control \
  tests/test_checks.py tests/test_doctor.py tests/test_mdp.py tests/drawing tests/runs/test_archive.py tests/runs/test_engine.py \
  tests/runs/test_store.py tests/experiments/test_stats.py tests/experiments/test_tables.py tests/chapters/training

VENV = .venv
FLOORS = _build/floors
BIN = $(VENV)/bin
STAMP = $(VENV)/installed

help:
	@echo 'make setup       install the locked environment into $(VENV)'
	@echo 'make check       lint, check the formatting and the types'
	@echo 'make test        run the tests, JOBS=$(JOBS) at a time'
	@echo 'make test-fast   run the fast ones'
	@echo 'make test-floors run the fast ones with the lowest versions that pyproject.toml allows'
	@echo 'make notebooks   execute the chapters; PROFILE=smoke takes seconds instead of minutes'
	@echo 'make book        execute the chapters and build the book; PROFILE as above'
	@echo 'make test-pages  test the built book in a browser; needs Chromium'
	@echo 'make pdf         print the built book as _build/pisces.pdf; needs Chromium'
	@echo 'make serve       show the built book at http://localhost:$(PORT)'
	@echo 'make colab-check run CHAPTERS (all) as Colab does; PYTHON=python3.13 is its Python'
	@echo 'make lock        resolve the dependencies again and rewrite requirements.lock; needs uv'
	@echo 'make clean       remove what was built'

setup: $(STAMP)

# TF-Agents pins packages that no longer install: the lock is complete, and --no-deps follows it alone.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo 'There is no $(PYTHON): make PYTHON=... names one' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit( \
	  "Pisces needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d: make PYTHON=... names another" \
	  % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip uninstall -qq --yes pisces # another project's, which would lie over this one
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

test: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-fast: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(FAST)

# Old packages warn of newer ones, so that here a warning is no error.
test-floors:
	$(PYTHON) -m venv --clear $(FLOORS)
	$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(FLOORS)/bin/uv pip install --quiet --no-config --python $(FLOORS) --resolution lowest-direct \
	  --group test --editable '.[control,dask]'
	$(FLOORS)/bin/uv pip install --quiet --no-config --python $(FLOORS) --no-deps --group agents
	$(FLOORS)/bin/uv pip freeze --quiet --python $(FLOORS)
	$(FLOORS)/bin/pisces doctor
	$(FLOORS)/bin/python -m pytest -n $(JOBS) --dist loadfile -W default $(FAST)

notebooks: setup
	$(BIN)/python book/build.py --profile $(PROFILE) --only-execute

book: setup
	$(BIN)/python book/build.py --profile $(PROFILE)

test-pages: setup
	$(BIN)/python -m pytest -m pages -n $(JOBS) tests/pages

pdf: setup
	$(BIN)/python book/paper.py

# Needs no environment: it makes one for each chapter.
colab-check:
	$(PYTHON) tests/colab.py $(CHAPTERS)

serve:
	$(PYTHON) -m http.server $(PORT) --directory _build/html

lock:
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate \
	  --extra control --extra dask --group agents --group book --group dev --group suite pyproject.toml \
	  -o requirements.lock

clean:
	rm -rf _build .pytest_cache .ruff_cache

.PHONY: help setup check test test-fast test-floors notebooks book test-pages pdf colab-check serve lock clean
