# Every target works alone on a fresh machine with Python 3.11+ and make.
.DEFAULT_GOAL := site
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: site serve test check bench clean

site: $(STAMP)  ## build the public site into site/
	$(BIN)/rongcuo site

serve: $(STAMP)  ## show the site on this machine only and keep it up to date while files are edited
	$(BIN)/rongcuo serve

check: $(STAMP)  ## report every problem of the content
	$(BIN)/rongcuo check

test: $(STAMP)  ## formatting, types, unit, property and browser tests
	sh tests/need.sh
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(STAMP)  ## what we cost beside other tools on the same made-up cases, and our budgets
	$(BIN)/python -m benchmarks --out build/bench.md

clean:  ## remove what was built, keep the environment
	rm -rf build site .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The lock holds exact versions and hashes; the project itself is installed in place.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更高；可用 make PYTHON=python3.12 指定"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "缺少 Python 的 venv 模块；Debian 上先安装 python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
