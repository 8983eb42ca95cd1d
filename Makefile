# One word per chore; `make` alone lists them. Everything runs in .venv, which is made when it is not there.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
# The environment is ready when the stamp of this pyproject.toml lies in it; a run that was interrupted leaves `installing` behind.
STAMP  := $(VENV)/.ready-$(shell cksum < pyproject.toml | tr -d ' ')
BUSY   := $(VENV)/.installing

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test kills soundness fuzz planted atheris zoo lint dot clean

help:  ## list the chores
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

demo: $(STAMP) dot  ## check, build and draw specs/resnet18.yaml; the results lie in build/
	@mkdir -p build
	$(PY) -m archdsl check specs/resnet18.yaml
	$(PY) -m archdsl build specs/resnet18.yaml -o build/resnet18.py
	@if command -v dot > /dev/null; then set -x; $(PY) -m archdsl draw specs/resnet18.yaml -o build/resnet18.svg; \
	else echo "Graphviz's dot is not here: drawing DOT and Mermaid text instead of SVG."; set -x; \
	  $(PY) -m archdsl draw specs/resnet18.yaml -o build/resnet18.dot && $(PY) -m archdsl draw specs/resnet18.yaml -o build/resnet18.mmd; fi

test: lint dot  ## everything that must hold: the linter, the types, the tests
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2

zoo: $(STAMP)  ## every network of specs/ against a reference, also the giants, written to docs/zoo_check.json: 9 minutes, 10 GB of memory
	ARCHDSL_ZOO=1 $(PY) -m pytest tests/test_zoo.py

kills: $(STAMP)  ## runs of training killed at any moment, and go on: `make kills N=200`
	OMP_NUM_THREADS=1 ARCHDSL_KILLS=$(or $(N),100) $(PY) -m pytest tests/test_training.py -k kill

soundness: $(STAMP)  ## random networks against torch: `make soundness N=50000`
	OMP_NUM_THREADS=1 ARCHDSL_NETWORKS=$(or $(N),5000) $(PY) -m pytest -n auto tests/test_random_networks.py

fuzz: $(STAMP)  ## damaged specs, each within 2 s and 512 MB: `make fuzz N=1000000`
	OMP_NUM_THREADS=1 ARCHDSL_DAMAGED=$(or $(N),100000) $(PY) -m pytest -n auto tests/test_damaged.py

planted: $(STAMP)  ## specs with one to five mistakes, each to be told at its line: `make planted N=50000`
	OMP_NUM_THREADS=1 ARCHDSL_PLANTED=$(or $(N),10000) $(PY) -m pytest -n auto tests/test_planted.py

atheris: $(STAMP)  ## texts that reach new lines of archdsl, found by coverage: `make atheris SECONDS=600`
	@$(PY) -c 'import atheris' 2> /dev/null || $(PY) -m pip install --disable-pip-version-check --quiet --no-build-isolation -e ".[fuzz]"
	OMP_NUM_THREADS=1 $(PY) tests/guided.py $(or $(SECONDS),60)

lint: $(STAMP)  ## the linter and the types
	$(PY) -m ruff check .
	$(PY) -m mypy

bench: $(STAMP)  ## how fast it is: paired measurements, one table
	OMP_NUM_THREADS=1 $(PY) -m bench

docs: $(STAMP)  ## write what the code itself tells into docs/, and what the examples print
	$(PY) docs/generate.py

clean:  ## remove what the chores made, but for .venv
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "archdsl needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@if [ -e $(BUSY) ] || ! $(PY) -m pip --version > /dev/null 2>&1; then \
	  echo "Making $(VENV)."; rm -rf $(VENV); mkdir $(VENV); touch $(BUSY); $(PYTHON) -m venv $(VENV); fi
	@touch $(BUSY)
	@echo "Installing into $(VENV). PyTorch with its CUDA libraries is some 5 GB where it is not there yet: several minutes."
	@$(PY) -m pip install --disable-pip-version-check --quiet "setuptools>=69"
	@$(PY) -m pip install --disable-pip-version-check --quiet --no-build-isolation -e ".[dev]"
	@$(PY) -m compileall -q archdsl  # what lies in a checkout is not compiled by pip
	@rm -f $(BUSY) $(VENV)/.ready-*
	@touch $@

dot: export DEBIAN_FRONTEND := noninteractive
dot:
	@command -v dot > /dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null \
	  && echo "Installing Graphviz, which draws SVG, PNG and PDF." \
	  && { apt-get install -y -qq --no-install-recommends graphviz > /dev/null 2>&1 \
	       || { apt-get update -qq > /dev/null 2>&1 && apt-get install -y -qq --no-install-recommends graphviz > /dev/null 2>&1; }; } \
	  || echo "Graphviz's dot is not here and cannot be installed: archdsl draws DOT and Mermaid text without it."; }
