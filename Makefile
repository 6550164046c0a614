# `make help` lists what there is; nothing else to learn. Every target prints what it runs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
RUN := .venv/bin/python
PYTHON ?=
TESTS ?= tests
PARALLEL ?= 2
RESET ?=
PORT ?=
ONLY ?=
SHORT ?=
SEED ?=
PACKAGES := config conversations channels_app workstreams

# The first Python that is new enough; PYTHON=… chooses another.
define install
@found=; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
  if $$candidate -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; done; \
if [ -z "$$found" ]; then echo "Trunkline needs Python 3.11 or newer (with venv). Name it: make demo PYTHON=/path/to/python3" >&2; exit 1; fi; \
$$found config/bootstrap.py $(1)
endef

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Start everything with a seeded shop and print one address (RESET=1: afresh)
	$(call install,requirements.txt)
	@exec $(RUN) -m config.demo.runner $(if $(RESET),--reset) $(if $(PORT),--port $(PORT))

.PHONY: install
install: ## Install what tests and checks need into .venv
	$(call install,requirements-dev.txt)

.PHONY: test
test: install ## Run the quick suite (on DATABASE_URL, CELERY_BROKER_URL and REDIS_URL if set, else on SQLite)
	$(RUN) -m pytest -n $(PARALLEL) $(TESTS)

.PHONY: check
check: install ## Style, types, import contracts, migrations, settings, templates
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy $(PACKAGES)
	$(RUN) .venv/bin/lint-imports --no-logo
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m tests.deployment_check
	$(RUN) -m pytest tests/repository

.PHONY: smoke
smoke: install ## The whole story without a browser, a killed worker in the middle (under 90 s)
	$(RUN) -m tests.smoke.story

.PHONY: chaos
chaos: install ## Kill everything while LINE fails, on a PostgreSQL and Redis of its own, some minutes (SHORT=1: a tenth, SQLite; SEED=…)
	$(RUN) -m tests.chaos $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED))

.PHONY: chaos-routing
chaos-routing: install ## Many processes distribute while others die, on a PostgreSQL of its own (SHORT=1: a little of it; SEED=…)
	$(RUN) -m tests.chaos_routing $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED))

.PHONY: e2e
e2e: install ## The story in a real browser (Debian: apt-get install chromium fonts-noto-cjk)
	$(RUN) -m pytest -m e2e $(TESTS)

.PHONY: screenshots
screenshots: install ## Take the pictures of README and docs anew (Debian: chromium, fonts-noto-cjk fonts-noto-color-emoji fonts-thai-tlwg)
	$(RUN) -m tests.e2e.screenshots

.PHONY: bench
bench: install ## Measure; docs/benchmarks.md explains (ONLY="ack inbound sends soak lists": some of it)
	$(RUN) -m tests.benchmarks.run $(ONLY)

.PHONY: clean
clean: ## Forget caches (never var/, which holds the demo's data)
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
