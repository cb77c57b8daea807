# make run: the app.  make test: the tests, on two processes.  make lint: format, lint, types.  make proof: the slow checks.
# make messages: new sentences of the code into the catalogues of locale/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
WORKERS ?= 2

.PHONY: run test lint proof messages clean

$(VENV)/.runtime: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade pip # the one that comes with Python takes twice as long
	$(INSTALL) -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade pip
	$(INSTALL) -r requirements-dev.txt
	touch $(VENV)/.runtime $@

run: $(VENV)/.runtime
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=20

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

proof: $(VENV)/.dev
	$(BIN)/python -m pytest -m proof

messages: $(VENV)/.dev
	$(BIN)/pybabel -q extract --no-default-keywords -k message:1 -k tr:1 -k plural:1,2 --no-location --sort-output \
		--project RecScope --output-file locale/recscope.pot recsys pages
	$(BIN)/pybabel -q update --domain recscope --input-file locale/recscope.pot --output-dir locale --no-fuzzy-matching \
		--omit-header --ignore-obsolete
	rm locale/recscope.pot

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
