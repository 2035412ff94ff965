# Every target sets up what it needs first: Python >= 3.11 and make are enough.
.DEFAULT_GOAL := help
.PHONY: help setup sweep ui compare report explain studies doctor bench test test-all check mutate readme clean

PYTHON ?= python3
STUDY ?= learning_rate_by_initialization
ARGS ?=
BIN := .venv/bin
READY := .venv/.ready
MUTMUT := .venv/.mutmut

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  variables:      STUDY=name, ARGS='more arguments', PYTHON=python3.12"

setup: $(READY) ## install everything into .venv, from the lock file

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chainrule needs Python >= 3.11, this is " + sys.version.split()[0])'
	@echo "setting up .venv (once, about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

sweep: $(READY) ## run a study: make sweep STUDY=... ARGS='seed=range(3)'
	@$(BIN)/chainrule sweep study=$(STUDY) $(ARGS)

ui: $(READY) ## browse the recorded runs in MLflow, on 127.0.0.1
	@$(BIN)/chainrule ui $(ARGS)

compare: $(READY) ## the best rate per initialization, from the newest sweep
	@$(BIN)/chainrule compare $(ARGS)

report: $(READY) ## the newest sweep as one HTML file: make report ARGS=edge_of_stability
	@$(BIN)/chainrule report $(ARGS)

explain: $(READY) ## the chain rule, step by step, with numbers
	@$(BIN)/chainrule explain $(ARGS)

studies: $(READY) ## reproduce the published results: make studies ARGS=role_of_the_slope
	@$(BIN)/chainrule studies $(ARGS)

doctor: $(READY) ## what is wrong in the store, and its mending: make doctor ARGS=--fix
	@$(BIN)/chainrule doctor $(ARGS)

bench: $(READY) ## measure the speed beside the peers that are installed
	@$(BIN)/chainrule bench $(ARGS)

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest --numprocesses=auto --quiet $(ARGS)

test-all: $(READY) ## run the tests with thousands of random cases each
	@$(BIN)/python -m pytest --numprocesses=auto --quiet --hypothesis-profile=thorough $(ARGS)

check: $(READY) ## lint, types, tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(MAKE) --no-print-directory test

mutate: $(MUTMUT) ## which changes to the code no test notices: make mutate ARGS=src/chainrule/core/slips.py
	@$(BIN)/python tests/mutation/run.py $(ARGS)

# Beside what the lock file has, which stays as it is.
$(MUTMUT): tests/mutation/requirements.lock $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

readme: $(READY) ## write README's tables of names and metrics anew
	@$(BIN)/python -m chainrule.readme

clean: ## remove .venv and caches; recorded runs stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis mutants outputs src/*.egg-info
