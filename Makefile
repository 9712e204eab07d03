# `make` alone lists the targets. Two environments: .venv-demo runs models (no torch), .venv does everything.
PYTHON ?= python3
VENV := .venv
DEMO_VENV := .venv-demo
BIN := $(VENV)/bin
# A file of tests stays with one process, which makes its fixtures once; the slow ones of tests/e2e come first.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format bench clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,serve,dev]'
	touch $@

$(DEMO_VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --constraint constraints.txt --editable .
	$(DEMO_VENV)/bin/python -m compileall -q src/admagan
	touch $@

demo: $(DEMO_VENV)/.ready  ## Create the small environment, without torch, and make pictures with the bundled model
	$(DEMO_VENV)/bin/admagan generate --prompts docs/demo-prompts.txt --seed 1 --out demo.png
	@du -sh $(DEMO_VENV) | sed 's/\t.*/ of disk for the environment; the pictures are in demo.png/'

test: $(VENV)/.ready  ## Create the full environment and run every test
	$(PYTEST)

check: lint  ## Format, lint, types, import contracts and the fast tests
	$(PYTEST) -m 'not slow'

lint: $(VENV)/.ready  ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.ready  ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.ready  ## Print the speed figures of docs/performance.md and docs/serve.md (minutes; wants a quiet machine)
	env -u OMP_NUM_THREADS $(BIN)/python bench/train_step.py --preset cpu-64 --attributes 194 --rounds 10
	env -u OMP_NUM_THREADS $(BIN)/python bench/train_step.py --preset cub-256 --batch 16 --penalty-interval 1
	env -u OMP_NUM_THREADS $(BIN)/python bench/train_step.py --preset cub-256 --batch 16
	env -u OMP_NUM_THREADS $(BIN)/python bench/generate.py
	env -u OMP_NUM_THREADS $(BIN)/python bench/generate.py --batch 1
	env -u OMP_NUM_THREADS $(BIN)/python bench/serve.py
	env -u OMP_NUM_THREADS $(BIN)/python bench/cold_start.py

clean:  ## Remove environments and caches (run folders stay)
	rm -rf .venv .venv-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
