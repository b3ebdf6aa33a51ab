# `make run` builds and exports a dataset; `make test` runs the linters, dbt and pytest.
PYTHON ?= python3
export DATASET RAW_EVENTS VARS TARGET

# a misspelt DATASET=… would build the sample
TAKEN := DATASET RAW_EVENTS VARS TARGET SIZES TESTS PYTHON TORCH_FROM
GIVEN := $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
$(if $(filter-out $(TAKEN),$(GIVEN)),$(error \
	$(filter-out $(TAKEN),$(GIVEN)): not known; give any of $(TAKEN)))

ifneq ($(NO_COLOR),)
export DBT_USE_COLORS := false
endif

BIN := .venv/bin
BENCH_BIN := .venv-bench/bin
SPARK_BIN := .venv-spark/bin
PEERS_BIN := .venv-peers/bin
RECOMMENDERS_BIN := .venv-recommenders/bin
# where uv and pip find PyTorch without CUDA, which is not in PyPI: the index that
# pytorch.org/get-started names for a CPU, or a folder with its wheel
TORCH_FROM ?=
NEEDS_TORCH = @test -n "$(TORCH_FROM)" || { echo "say where PyTorch for a CPU is:" \
	"TORCH_FROM=--extra-index-url=<address> or --find-links=<folder>"; exit 2; }

.PHONY: run inspect open figures test test-spark test-peers docs torture mutations coverage bench lint lock clean help

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)
	@echo
	@echo "The sample:  make run"
	@echo "Your file:   make inspect RAW_EVENTS=events.csv prints the command, such as"
	@echo "             make run DATASET=mars RAW_EVENTS=events.csv VARS='{episode_k: 5}'"

# Spark has its own environment, which keeps that of a run light
RUN_ENV := $(if $(filter spark,$(TARGET)),.venv-spark/spark,.venv/run)

run: $(RUN_ENV)  ## build and export DATASET, from RAW_EVENTS, with VARS, on TARGET=spark, if given
	@$(dir $(RUN_ENV))bin/python scripts/run.py $${DATASET:+--dataset "$$DATASET"} \
		$${RAW_EVENTS:+--raw-events "$$RAW_EVENTS"} $${VARS:+--vars "$$VARS"} \
		$${TARGET:+--target "$$TARGET"}

inspect: .venv/run  ## look at RAW_EVENTS, a file, folder or glob: what it is, what to run
	@$(BIN)/python scripts/inspect.py $${RAW_EVENTS:+-- "$$RAW_EVENTS"}

open: .venv/run  ## show the newest report, of DATASET if given, in a browser
	@$(BIN)/python scripts/report.py open $${DATASET:+--dataset "$$DATASET"}

figures: .venv/run  ## write its charts as SVG and PNG, for papers
	@$(BIN)/python scripts/report.py figures $${DATASET:+--dataset "$$DATASET"}

test: .venv/dev lint  ## linters, dbt build of the sample, pytest
	@mkdir -p target
	DUCKDB_PATH=target/test.duckdb $(BIN)/dbt build
	$(BIN)/pytest

test-spark: .venv-spark/spark  ## the same tables on DuckDB and Spark, only TESTS if given; needs Java 17
	$(SPARK_BIN)/pytest --numprocesses=0 tests/spark $${TESTS:+-k "$$TESTS"}

test-peers: export DUCKDB_PATH := target/peers.duckdb
test-peers: .venv/run .venv-peers/peers .venv-recommenders/recommenders  ## the sample read by Hugging Face datasets, mlcroissant, RecBole and RePlay
	@mkdir -p target
	$(BIN)/dbt --quiet run
	for layout in full compact; do $(BIN)/python scripts/export.py --layout=$$layout \
		--processed-dir=target/peers --reports-dir=target/peers/reports \
		--registry=target/peers/meta.json || exit 1; done
	for library in recbole replay; do \
		$(BIN)/python scripts/convert.py $$library target/peers/sample \
			target/converted/$$library.full && \
		$(BIN)/python scripts/convert.py $$library target/peers/sample.compact \
			target/converted/$$library.compact || exit 1; done
	PUBLISHED="target/peers/sample target/peers/sample.compact" \
		$(PEERS_BIN)/pytest --config-file=tests/peers/pytest.ini \
		tests/peers/test_cards.py
	PUBLISHED="target/peers/sample target/peers/sample.compact" \
		CONVERTED=target/converted $(RECOMMENDERS_BIN)/pytest \
		--config-file=tests/peers/pytest.ini tests/peers/test_converted.py

docs: export DUCKDB_PATH := target/docs.duckdb
docs: export DBT_TARGET_PATH := target
docs: .venv/run  ## dbt's pages of the sample, one file; writes docs/data-dictionary.md
	@mkdir -p target
	$(BIN)/dbt --quiet run
	$(BIN)/dbt --quiet docs generate --static
	$(BIN)/python dev/data_dictionary.py
	@echo "target/static_index.html: open it in a browser; it needs no server"

torture: .venv/dev coverage  ## every attack on the promises in full; writes docs/torture.md
	$(BIN)/python dev/torture.py \
		--coverage "$$($(BIN)/coverage report --format=total)"

mutations: .venv/dev  ## the mutation check, hours; goes on from target/faults.jsonl
	@mkdir -p target
	$(BIN)/python dev/mutations.py --jobs 2 --keep target/faults.jsonl \
		--report docs/mutations.md

coverage: .venv/dev  ## pytest again, with the coverage of src/: 95 % or it fails
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: .venv/run .venv-bench/bench  ## time it against its peers, SIZES="1000000 10000000" events
	$(BENCH_BIN)/python benchmarks/ladder.py $${SIZES:+--sizes $$SIZES}

lint: .venv/dev  ## sqlfluff, ruff, import-linter, mypy, yamllint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=src $(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/sqlfluff lint --processes 2 models tests && $(BIN)/sqlfluff lint --templater jinja src

lock:  ## write the lock files again from requirements*.in; needs uv and TORCH_FROM
	$(NEEDS_TORCH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --output-file requirements-dev.txt requirements-dev.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --constraints requirements-dev.txt \
		--output-file requirements.txt requirements.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --constraints requirements-dev.txt \
		--output-file requirements-bench.txt requirements-bench.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --constraints requirements-dev.txt \
		--output-file requirements-spark.txt requirements-spark.in
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --constraints requirements-dev.txt \
		--output-file requirements-peers.txt requirements-peers.in
	uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
		--generate-hashes --no-header $(TORCH_FROM) --index-strategy unsafe-best-match \
		--output-file requirements-recommenders.txt requirements-recommenders.in
	uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
		--generate-hashes --no-header $(TORCH_FROM) --index-strategy unsafe-best-match \
		--constraints requirements-recommenders.txt \
		--output-file requirements-torch.txt requirements-torch.in

clean:  ## remove what dbt wrote next to the data: target/ and logs/
	rm -rf target logs

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Python 3.11 or newer is needed; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-dev.txt
	@touch $@

# an environment of its own: what a run needs stays light
.venv-bench/bench: requirements-bench.txt
	$(PYTHON) -m venv .venv-bench
	$(BENCH_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-bench.txt
	@touch $@

.venv-spark/spark: requirements-spark.txt
	$(PYTHON) -m venv .venv-spark
	$(SPARK_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-spark.txt
	@touch $@

# other libraries that read what is published: their pins are their own
.venv-peers/peers: requirements-peers.txt
	$(PYTHON) -m venv .venv-peers
	$(PEERS_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-peers.txt
	@touch $@

# RePlay and datasets ask for different versions of pyarrow
.venv-recommenders/recommenders: requirements-torch.txt requirements-recommenders.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
		"RecBole needs Python 3.11; name one: make test-peers PYTHON=python3.11")'
	$(NEEDS_TORCH)
	$(PYTHON) -m venv .venv-recommenders
	$(RECOMMENDERS_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps $(TORCH_FROM) -r requirements-torch.txt
	$(RECOMMENDERS_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps -r requirements-recommenders.txt
	@touch $@
