# make demo     raw text of this machine to the first training batch (build/demo)
# make test     linters, types, floors and all tests; what the automatic check runs
# make check    linters, types and floors only
# make zip      phloem.zip for spark-submit --py-files
# make airflow  Airflow in an environment of its own, and how to start it
# make lock     new pins after a change of pyproject.toml or environments/*.in
# make clean    away with everything that these have made in this folder, the environment excepted
#
# PYTHON=/path/to/python3.11 make …  takes another interpreter.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := demo
.DELETE_ON_ERROR:
.PHONY: demo test check zip airflow lock clean machine machine-for-tests

export PYTHON ?= python3.11
CACHE := $(HOME)/.cache/phloem
UV := $(CACHE)/uv/bin/uv
export UV_PYTHON_DOWNLOADS := never
# Once at installation, not in every process: 5 s of each run where Python is told to write no bytecode of its own.
export UV_COMPILE_BYTECODE := 1
INSTALL_FLAGS := --quiet --require-hashes --build-constraints environments/build.txt

demo: .venv/.packages .venv/.class-archive .venv/.kernels
	.venv/bin/phloem sample build/sample
	.venv/bin/phloem run web_en --input build/sample --output build/demo

test: machine-for-tests .venv/.packages-dev .venv/.class-archive .venv/.kernels $(CACHE)/oracle/.packages $(CACHE)/airflow/.packages
	scripts/servers.sh
	scripts/test.sh

check: .venv/.packages-dev
	scripts/test.sh --no-tests

zip: .venv/.packages
	.venv/bin/python scripts/make_zip.py phloem.zip

airflow: $(CACHE)/airflow/.packages zip
	@echo "Airflow is in $(CACHE)/airflow. To start it with this folder's DAG:"
	@echo "    export AIRFLOW__CORE__DAGS_FOLDER=$(CURDIR)/airflow_dags AIRFLOW__CORE__LOAD_EXAMPLES=False"
	@echo "    export AIRFLOW_CONN_SPARK_LOCAL='{\"conn_type\": \"spark\", \"host\": \"local[2]\"}'"
	@echo "    $(CACHE)/airflow/bin/airflow standalone"

lock: $(UV)
	UV=$(UV) scripts/lock.sh

clean:
	rm -rf build dist phloem.zip spark-warehouse metastore_db derby.log
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find schemas pipelines jobs tests benchmarks airflow_dags scripts -name __pycache__ -prune -exec rm -rf {} +

machine:
	@scripts/bootstrap.sh demo

machine-for-tests:
	@scripts/bootstrap.sh test

$(UV): environments/uv.txt | machine
	test -x $(CACHE)/uv/bin/pip || $(PYTHON) -m venv --clear $(CACHE)/uv
	$(CACHE)/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/.packages: requirements.txt environments/build.txt pyproject.toml | $(UV) machine
	test -x .venv/bin/python || $(UV) venv --quiet --clear --python $(PYTHON) .venv
	$(UV) pip sync --python .venv/bin/python $(INSTALL_FLAGS) requirements.txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --build-constraints environments/build.txt --editable .
	touch $@

# Spark's classes, loaded once for this installation: a session starts in a third of the time. It starts without, too.
.venv/.class-archive: .venv/.packages | machine
	.venv/bin/python -m jobs.class_archive || echo "Spark will start more slowly" >&2
	touch $@

# The text kernels' machine code, kept in the user's cache: compiled once, not in the first run.
.venv/.kernels: .venv/.packages $(wildcard pipelines/text/*.py pipelines/text/*/*.py)
	.venv/bin/python -m pipelines.text.warm
	touch $@

.venv/.packages-dev: requirements-dev.txt .venv/.packages
	$(UV) pip install --python .venv/bin/python $(INSTALL_FLAGS) -r requirements-dev.txt
	touch $@

$(CACHE)/%/.packages: environments/%.txt environments/build.txt | $(UV)
	test -x $(@D)/bin/python || $(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	$(UV) pip sync --python $(@D)/bin/python $(INSTALL_FLAGS) $<
	touch $@
