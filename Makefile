# Each target sets up what it needs from nothing: python3 (3.11 or later), git and make are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench soak fuzz docs packages clean

demo: $(READY)
	$(BIN)/arvgate demo

test: $(READY) packages
	.venv/bin/python -m twisted.trial test

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pydoctor
	$(BIN)/python -m twisted.trial test.test_layout

# Nothing else should be busy on the machine; bench/README.rst says what is measured.
bench: $(READY) packages
	$(BIN)/python -m bench.submit_latency
	$(BIN)/python -m bench.records_speed

# A storm of bad clients; bench/README.rst says what is held then.
soak: $(READY)
	$(BIN)/python -m bench.storm

# Requests at random, from the API's own description, many more than the tests make.
fuzz: $(READY)
	ARVGATE_FUZZ=200 $(BIN)/python -m twisted.trial test.functional.test_fuzz

docs: $(READY)
	$(BIN)/python -m docs.api_pages
	$(BIN)/pydoctor
	@echo "The record API: docs/api/index.rst"
	@echo "API documentation: apidocs/index.html"

# The Debian packages of the programs that the tests run for real.
packages:
	@.ci/debian-packages

$(READY): setup.py
	.ci/make-venv $(PYTHON) $(VENV)
	touch $@

clean:
	rm -rf $(VENV) apidocs build dist *.egg-info _trial_temp* .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
