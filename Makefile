# The local stack, the demo and the checks. `make help` lists them.
PY := .venv/bin/python
FLOOR := 80
# test processes beside each other on the two cores of a small machine; those that start whole houses wait most of the time
BESIDE := 3
HOUSES_BESIDE := 4
# tests that start all that a host starts, and wait for it
HOUSES := tests/benchmarks tests/drills tests/end_to_end tests/faults
.DEFAULT_GOAL := help
# every process of a house would compile it anew
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install up demo run down test faults bench quality openapi lint audit clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## make .venv and install into it (the others do this first by themselves)
	@PYTHON="$(PYTHON)" sh scripts/install.sh

up: install ## run everything on this machine until Ctrl-C
	@$(PY) -m scripts.up

demo: install ## the same, and let people call it, talk with it and write to it (ONCE=1: stop afterwards)
	@$(PY) -m scripts.demo

run: install ## run a command in its environment: make run CMD="celery -A tasks keys create --name me"
	@$(PY) -m scripts.run '$(subst ','\'',$(CMD))'

down: ## stop what `make up` or `make demo` runs
	@if [ -x $(PY) ]; then $(PY) -m scripts.down; else echo "Nothing runs here."; fi

test: install ## run the whole suite against real servers that it starts itself
	@rm -f .coverage .coverage.*
	@$(PY) -m pytest -n $(BESIDE) -m "not alone" $(addprefix --ignore=,$(HOUSES)) --cov --cov-report=term-missing:skip-covered --cov-fail-under=$(FLOOR)
	@echo "Now whole houses, which are harmed and deployed; untraced, for they wait more than they work:"
	@$(PY) -m pytest -n $(HOUSES_BESIDE) --dist loadgroup -m "not alone" -q $(HOUSES)
	@echo "Now the promised times, each test alone and untraced:"
	@$(PY) -m pytest -m alone -q

faults: install ## harm everything that can be harmed, under load, and print what became of each webhook (about an hour)
	@$(PY) -m benchmarks.faults

bench: install ## measure front, chain and a house with a million events, beside what they are compared with (half an hour)
	@$(PY) -m pip install --disable-pip-version-check --no-input -q -r requirements-bench.txt
	@$(PY) -m benchmarks.front
	@$(PY) -m benchmarks.chain
	@$(PY) -m benchmarks.scale

quality: install ## how right the engines are that need no vendor: make quality DATA=folder-with-the-corpora (a quarter of an hour; docs/quality.md)
	@$(PY) -m pip install --disable-pip-version-check --no-input -q --no-deps -r requirements-vectors.txt
	@$(PY) -m benchmarks.quality --data "$(DATA)"

openapi: install ## write docs/openapi.json anew after the API has grown; what would break somebody is refused
	@$(PY) -m scripts.openapi

lint: install ## style, format, types, import contracts, security scan
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy --strict .
	@.venv/bin/lint-imports --no-cache
	@# B108 and B608 are left to ruff's S108 and S608, which want the reason beside each line
	@.venv/bin/bandit -q -ll -s B108,B608 -r webhooks api tasks providers db domain observability settings.py environment.py celeryconfig.py wsgi.py gunicorn_conf.py flowerconfig.py

audit: install ## look our packages up in the list of known vulnerabilities (needs the network)
	@sh scripts/audit.sh

clean: down ## remove the local stack's data and all caches (.venv stays)
	@kept=""; if [ -d .run ]; then kept="what was kept in .run (calls, settings, numbers, keys, logs) and "; fi; \
	if [ -x $(PY) ]; then $(PY) -m scripts.clean || exit 1; fi; \
	find . -path ./.venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} + && \
	rm -rf .import_linter_cache celerybeat-schedule* flower.db* .run .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist && \
	echo "Removed $${kept}all caches; .venv stays."
