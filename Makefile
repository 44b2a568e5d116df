# Two commands do everything: `make review` and `make test`. Both build what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# In containers one is often root, which Jupyter wants to be told.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help environment review test check figures lab mutate mutate-code fuzz crash versions bench simulate lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12 review"; exit 1; }
	@echo "Making the environment in $(VENV) (about a minute, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

environment: $(READY) ## Make the environment only

review: $(READY) ## Check the data, answer every question, run the notebooks, export the figures and the pages
	@$(BIN)/evidence review

check: $(READY) ## Check the data only
	@$(BIN)/evidence check

figures: $(READY) ## Export the figures only
	@$(BIN)/evidence figures

test: $(READY) ## Lint, import rules, unit tests, and every notebook compared with its stored output
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest --nbval -n 2 --dist loadscope

lab: $(READY) ## Open the notebooks in JupyterLab, on this machine only
	$(BIN)/jupyter lab --ip=127.0.0.1 $(AS_ROOT) --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks/00_start_here.ipynb

mutate: $(READY) ## Change cells of the tables, and see what notices
	$(BIN)/python checks/mutate.py

mutate-code: $(READY) ## Change the code in one place at a time, and see whether a test notices (goes on if stopped)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python checks/mutate_code.py

fuzz: $(READY) ## Hand in what nobody would type, by the hundred thousand (hours; goes on if stopped)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m fuzz --workers 2

crash: $(READY) ## Kill commands at random moments, and see that no file is half of anything (an hour)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python checks/crash.py

versions: $(READY) ## Run the tests under every Python found, with the lowest and the newest versions (needs uv)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python checks/environments.py

bench: $(READY) ## Time the methods beside other packages (R's metafor where it is there)
	$(BIN)/python -m checks.benchmarks
	$(BIN)/python checks/documents.py
	$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-group-by=group --benchmark-columns=median,stddev,rounds -p no:xdist

simulate: $(READY) ## Draw the simulated trials again and store how often intervals hold (three quarters of an hour; goes on if stopped)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m simulations

lock: $(READY) ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet pyproject.toml --all-extras --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" -o requirements.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .benchmarks results site export summary dist
