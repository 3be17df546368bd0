# shellcheck shell=bash
# Sourced by run.sh and languages.sh: the private server, a database of its own, and how a query is timed.
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
rounds=${ROUNDS:-7}
cd "$repo"
scripts/server.sh start demo
eval "$(scripts/server.sh env demo)"
export PGDATABASE=bench PGOPTIONS='-c jit=off -c max_parallel_workers_per_gather=0'
psql() { "$QUIDDITCH_PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

# fresh_database ROWS: the database `bench` with the tables of setup.sql. Sets `rows`.
fresh_database() {
  rows=$1
  psql -d postgres -c "DROP DATABASE IF EXISTS bench" -c "CREATE DATABASE bench" 2>/dev/null
  psql -v rows="$rows" -f benches/setup.sql
}

# A query runs inside the server, so neither client nor connection is in the time.
milliseconds() { psql -At -c "SELECT bench_ms(\$q\$$1\$q\$, ${2:-$rounds})"; }
nanoseconds() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.0f", (a - b) * 1e6 / n }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
row() { printf '| %-58s | %9s | %8s |\n' "$1" "$2" "$3"; }

# first_call NAME DOCUMENT [PARAMETERS]: of a UDF in each of 20 new backends, the median, by the server's clock.
first_call() {
  local parameters=${3:-"{}"}
  for _ in $(seq 20); do
    psql -At -c "SELECT bench_ms(\$q\$SELECT quidditch.call_udf('$1', '$2', '$parameters')\$q\$, 1)"
  done | sort -g | sed -n 10p
}
