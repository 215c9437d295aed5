# Agora's commands; `make help` lists them. Needs Python 3.11 to 3.14 with pip, make and git: the rest is installed into .venv
# and .local/envs from the locks in requirements/, on first use and whenever a lock changes.

PYTHON ?= python3
DEV := .venv/bin/python
ENGINE_PYTHON := .local/envs/engine/bin/python
SAM := .local/envs/sam/bin/sam
LINES ?= 50
SECONDS ?= 300

# A Python named by the caller (make PYTHON=python3.13 ...) is insisted on; the default only has to be new enough.
EXACT := $(if $(filter file,$(origin PYTHON)),,--exact)
ENVIRONMENT := $(PYTHON) -I -S infra/setup/environments.py $(EXACT)

# Neither an active virtualenv nor the host's Python settings reach what runs here.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION ?= eu-west-2

CODE := layers functions infra tests bench
PRESENT = $(wildcard $(CODE))

.DEFAULT_GOAL := help
.PHONY: help setup run stop deploy status logs mail seed redrive replay bench fuzz load faults test test-fast test-e2e \
        check check-format check-lint check-types check-api check-breaking release-api check-machines check-rules validate format generate build \
        lock upgrade clean distclean env-dev env-engine env-sam env-fuzz env-load

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {n = split($$2, part, " \\| "); \
	  printf "  make %-22s %s\n", $$1 (n > 1 ? " " part[1] : ""), part[n]}' $(MAKEFILE_LIST)

setup: env-engine env-dev env-sam env-fuzz env-load ## Install every environment now (each command also does it on first use)

run: env-engine ## Start the local stack, place an order, stay up
	@$(ENGINE_PYTHON) -m infra.local run

stop: env-engine ## Stop the local stack; its data stays for the next run
	@$(ENGINE_PYTHON) -m infra.local stop

deploy: env-engine ## Bring changed functions and templates to the running stack
	@$(ENGINE_PYTHON) -m infra.local deploy

status: env-engine ## Say what is running, and where
	@$(ENGINE_PYTHON) -m infra.local status

logs: env-engine ## ID=ord_... | Follow one request or order through every log, by its id
	@$(ENGINE_PYTHON) -m infra.local logs $(ID)

mail: env-engine ## TO=ada@example.com | Show the mails that the local engine took instead of sending
	@$(ENGINE_PYTHON) -m infra.local mail $(if $(TO),--to $(TO))

seed: env-engine ## Put the sample catalogue, people and keys into the running stack again
	@$(ENGINE_PYTHON) -m infra.local seed

redrive: env-engine ## ORDER=ord_... | Finish the compensation of a parked order
	@test -n "$(ORDER)" || { echo "Which order? make redrive ORDER=ord_..." >&2; exit 2; }
	@$(ENGINE_PYTHON) -m infra.local redrive $(ORDER)

replay: env-engine ## FILE=orders.csv | Replay real orders (UCI Online Retail format) through the public API
	@test -n "$(FILE)" || { echo "Which file? make replay FILE=orders.csv" >&2; exit 2; }
	@$(ENGINE_PYTHON) -m infra.replay $(FILE)

bench: env-dev env-engine ## Measure the figures of the README
	@$(DEV) -m bench

fuzz: env-dev env-engine env-fuzz ## SECONDS=300 | Send a stack of its own every kind of request that docs/openapi.json allows or forbids
	$(DEV) -m infra.fuzz --seconds $(SECONDS)

load: env-dev env-engine env-load ## STEPS=1:20,8:20 | Let more and more shoppers order from a stack of its own, then compare all books
	$(DEV) -m bench.load $(if $(STEPS),--steps $(STEPS))

faults: env-dev ## PAIRS=80 | Play every fault at every state of the state machines, and pairs of them; writes docs/faults.md
	PYTHONPATH=layers:. $(DEV) -m tests.faults $(if $(PAIRS),--pairs $(PAIRS))

test: test-fast test-e2e ## Run every test (some of them: make test-fast TESTS=tests/unit)

test-fast: env-dev env-engine env-sam ## Run the tests that need no engine
	$(DEV) -m pytest -n 2 --dist loadfile -m "not e2e" $(TESTS)

test-e2e: env-dev env-engine env-fuzz env-load ## Run the tests that start an engine of their own
	$(DEV) -m pytest -n 2 --dist loadfile -m e2e $(TESTS)

check: check-format check-lint check-types check-api check-breaking check-events check-machines check-rules validate ## Check format, lint, types, generated documents, state machines and templates

check-format: env-dev
	$(DEV) -m ruff format --check .

check-lint: env-dev
	$(DEV) -m ruff check .

check-types: env-dev
	$(DEV) -m mypy $(PRESENT)

check-api: env-dev
	$(DEV) -m infra.api check

check-breaking: env-dev
	$(DEV) -m infra.api check-breaking

release-api: env-dev ## Promise docs/openapi.json to clients: the next changes are held to it
	$(DEV) -m infra.api release

check-events: env-dev
	$(DEV) -m infra.event_catalogue --check

check-machines: env-dev
	$(DEV) -m infra.asl

check-rules: env-dev
	$(DEV) -m infra.lint

format: env-dev ## Format the code and mend what can be mended automatically
	$(DEV) -m ruff check --fix-only --quiet .
	$(DEV) -m ruff format .

generate: env-dev ## Write infra/api.yaml, docs/openapi.json, problems.md, limits.md and events.md from the code
	$(DEV) -m infra.api generate
	$(DEV) -m infra.event_catalogue

validate: env-sam ## Validate the templates as SAM CLI does before a deploy
	$(SAM) validate --lint --template template.yaml

build: env-sam ## Build everything for AWS into .aws-sam (then: sam deploy --guided)
	$(SAM) build --parallel

lock: ## Recompile the locks after a change of pyproject.toml
	@$(PYTHON) -m infra.setup.lock

upgrade: ## Recompile the locks with the newest versions that pyproject.toml allows
	@$(PYTHON) -m infra.setup.lock --upgrade

clean: ## Stop the local stack; remove its data, builds and caches (environments stay)
	@test ! -x $(ENGINE_PYTHON) || $(ENGINE_PYTHON) -m infra.local stop
	@test ! -d .local || find .local -mindepth 1 -maxdepth 1 ! -name envs -exec rm -rf {} +
	@rm -rf .aws-sam build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find $(PRESENT) -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove the environments too
	@rm -rf .venv .local

env-dev:
	@$(ENVIRONMENT) dev

env-engine:
	@$(ENVIRONMENT) engine

env-sam:
	@$(ENVIRONMENT) sam

env-fuzz:
	@$(ENVIRONMENT) fuzz

env-load:
	@$(ENVIRONMENT) load
