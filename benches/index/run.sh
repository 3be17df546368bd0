#!/usr/bin/env bash
# Measures the index access method beside what else PostgreSQL and Rust have for the same: GIN, RUM, tantivy. One run, one
# machine, one process at a time unless a row says otherwise. Prints a Markdown table, with the rows where we lose.
# What it needs it gets: Debian's RFCs and RUM (unpacked under build/, nothing is installed), crates.
#   ROWS=20000 benches/index/run.sh              few of the 960,000 passages; they stay loaded for the next run
#   STAGES='build ranked' benches/index/run.sh   some of the stages: see bench.py
#   LONG=1                                       five minutes of updates instead of one, and three million passages
#   QUERIES=200 SECONDS_EACH=20                  queries of each kind; how long pgbench inserts
#   COLLECTIONS=/path                            folders with judged queries in BEIR's layout, for ranking quality
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"
cd "$repo"
made=$repo/build/bench-index
mkdir -p "$made"

passages=build/data/passages.jsonl
if [ ! -f $passages ]; then
  scripts/fetch-packages.sh build/data/rfc doc-rfc-std doc-rfc-std-proposed doc-rfc-old-std doc-rfc-informational \
    doc-rfc-experimental doc-rfc-misc doc-rfc-others doc-rfc-fyi-bcp
  say "making passages of the RFCs"
  python3 scripts/passages.py build/data/rfc >$passages.new
  mv $passages.new $passages
  rm -rf build/data/rfc
fi

scripts/server.sh start bench
environment=$(scripts/server.sh env bench)
eval "$environment"

# RUM goes into the private copy of PostgreSQL, as the extension does.
root=$(scripts/server.sh root)
if [ ! -f "$root$("$PG_CONFIG" --pkglibdir)/rum.so" ]; then
  scripts/fetch-packages.sh "$made/rum" "postgresql-$(pg_major)-rum"
  cp "$(find "$made/rum" -name rum.so | head -1)" "$root$("$PG_CONFIG" --pkglibdir)"
  find "$made/rum" -path '*/extension/rum*' -exec cp {} "$root$("$PG_CONFIG" --sharedir)/extension" \;
fi

# Its own target directory: the workspace's is for other features.
CARGO_TARGET_DIR=$made/tantivy-target scripts/cargo.sh build -q --release --locked \
  --manifest-path benches/index/tantivy/Cargo.toml

python=python3
if [ -n "${COLLECTIONS:-}" ]; then
  python=$made/python/bin/python
  if ! "$python" -c 'import pytrec_eval' 2>/dev/null; then
    debian=/usr/bin/python3
    [ -x $debian ] || debian=python3
    rm -rf "$made/python"
    $debian -m venv "$made/python"
    "$made/python/bin/pip" install -q --disable-pip-version-check --only-binary :all: -r benches/index/requirements.txt
  fi
fi

export QUIDDITCH_BENCH_MADE=$made QUIDDITCH_BENCH_PASSAGES=$passages
exec "$python" benches/index/bench.py
