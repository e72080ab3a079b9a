# `make demo` and `make test` do all set-up on a machine with Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOCALE := lib/salesaudit/locale

.DEFAULT_GOAL := help
.PHONY: help demo test check validate messages lab lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "salesaudit needs Python 3.11 or newer; call: make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(INSTALLED) ## make the example client and its reports
	$(BIN)/salesaudit demo

test: $(INSTALLED) check ## lint, then every test but the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(INSTALLED) ## lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

validate: $(INSTALLED) ## every slow suite; prints which promises hold, and writes them to build/validation.html
	@rm -f build/validation.json build/validation.html
	@broken=0; \
	$(BIN)/python -m pytest tests/validation tests -m slow -n 2 --dist loadfile --measured build/validation.json || broken=$$?; \
	$(BIN)/python tools/validation_report.py build/validation.json build/validation.html || broken=$$?; \
	exit $$broken

messages: $(INSTALLED) ## collect the sentences of code, templates and notebooks into the catalogues, and compile them
	@mkdir -p build
	$(BIN)/pybabel -q extract -F pyproject.toml -k message -k nmessage:1,2 --add-location=file --sort-by-file -o build/salesaudit.pot lib notebooks
	$(BIN)/pybabel -q update -N --ignore-obsolete --ignore-pot-creation-date -w 118 -D salesaudit -i build/salesaudit.pot -d $(LOCALE)
	$(BIN)/pybabel -q compile -D salesaudit -d $(LOCALE)

lab: $(INSTALLED) ## JupyterLab on the notebooks, in an environment of its own
	test -d .venv-lab || $(PYTHON) -m venv .venv-lab
	.venv-lab/bin/python -m pip install --quiet --require-hashes -r requirements-lab.lock
	.venv-lab/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	cd notebooks && ../.venv-lab/bin/jupyter lab

lock: ## renew the exact pins (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra dev --extra lab --constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet -o requirements-lab.lock

clean: ## remove environments and caches, never data or reports
	rm -rf $(VENV) .venv-lab build *.egg-info lib/*.egg-info .pytest_cache .ruff_cache .hypothesis
