# Quidditch: everything starts here. `make help` lists the targets.
#
# The SQL is written by hand, so plain cargo builds the library and no cargo-pgrx is needed; what else is missing
# `make deps` installs (Debian 12). Demo and tests run on private PostgreSQL servers under build/.

# Which PostgreSQL to build against; the private servers are copies of it too.
PG_CONFIG ?= /usr/lib/postgresql/15/bin/pg_config
export PG_CONFIG

# The extension's scripts: a folder for each version has what it adds, in this order. PostgreSQL puts them together, and
# what was released stays as it is.
SQL_0_1_0 := encoding schema catalog functions query index views grants
SQL_0_2_0 := language rights signatures monitoring scripts

VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" quidditch.control)
SCRIPTS := $(addprefix build/sql/quidditch--, 0.1.0.sql 0.1.0--0.2.0.sql)
DOCUMENTS := build/data/packages.jsonl

.DELETE_ON_ERROR:
.PHONY: help demo tour examples psql stop status test lint unit regress integration clients soak matrix bench bench-index fuzz fresh deps \
	build install deps-test install-private udfs interpreters clean

help: ## what there is
	@echo "Quidditch $(VERSION)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "PG_CONFIG=$(PG_CONFIG)"

demo: install-private $(DOCUMENTS) ## install what is missing, build, start a private server with 63,000 documents, take the tour
	@scripts/demo.sh

tour: ## the tour's queries again, on the running demo
	@scripts/server.sh psql demo -X -q -f scripts/tour.sql

examples: ## the queries in docs/ on the running demo, compared with their outputs there
	@scripts/examples.sh

psql: ## a session on the running demo
	@scripts/server.sh psql demo

stop: ## stop the private servers
	@scripts/server.sh stop

status: ## which private servers run
	@scripts/server.sh status

test: deps-test $(SCRIPTS) ## everything: formatting, clippy, the crates, pg_regress, integration, clients
	@scripts/test.sh

lint unit: deps
	@scripts/test.sh $@

regress integration clients: deps-test $(SCRIPTS)
	@scripts/test.sh $@

soak: deps-test $(SCRIPTS) ## the index against crashes, damage, load and standbys, and what sessions share, each for QUIDDITCH_SOAK seconds (120)
	@scripts/soak.sh

matrix: deps-test $(SCRIPTS) ## regress and integration on PostgreSQL 15 to 18, or those in MAJORS='16 18'
	@scripts/matrix.sh

bench: ## the measurements of benches/
	@scripts/install-deps.sh bench
	@$(MAKE) -s install-private
	@benches/run.sh

bench-index: install-private ## the index access method beside GIN, RUM and tantivy, over 960,000 passages (ROWS=20000: fewer)
	@benches/index/run.sh

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	@scripts/install-deps.sh fuzz
	@scripts/fuzz.sh

fresh: ## prove demo and test in a bare Debian 12 under build/fresh (needs root and debootstrap)
	@scripts/fresh.sh

deps: ## install what is missing to build, test and run
	@scripts/install-deps.sh

deps-test:
	@scripts/install-deps.sh test

build: deps $(SCRIPTS) ## the library and the SQL script
	@scripts/build.sh >/dev/null

install: $(SCRIPTS) ## build for PG_CONFIG's PostgreSQL and install there
	@scripts/install.sh

install-private: deps $(SCRIPTS)
	@scripts/install.sh --private

udfs: ## build the example UDFs again from their sources
	@scripts/install-deps.sh udfs
	@scripts/udfs.sh

interpreters: ## build the interpreters of Python and JavaScript again from their sources
	@scripts/install-deps.sh interpreters
	@udfs/interpreters/build.sh python
	@udfs/interpreters/build.sh javascript

clean: stop ## remove everything made here, the demo's database too
	@scripts/clean.sh

build/sql/quidditch--0.1.0.sql: $(SQL_0_1_0:%=sql/0.1.0/%.sql)
build/sql/quidditch--0.1.0--0.2.0.sql: $(SQL_0_2_0:%=sql/0.2.0/%.sql)
$(SCRIPTS): Makefile
	@mkdir -p $(@D)
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION quidditch" or "ALTER EXTENSION quidditch UPDATE" to load this file. \quit'; cat $(filter %.sql, $^); } > $@

$(DOCUMENTS): scripts/catalogue.py | deps
	@scripts/fetch-catalogue.sh $@
