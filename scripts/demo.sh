#!/usr/bin/env bash
# Starts the demo's server, fills its database when that is missing or out of date, and takes the tour.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
documents=build/data/packages.jsonl
server=scripts/server.sh

"$server" start demo
environment=$("$server" env demo)
eval "$environment"
psql() { "$QUIDDITCH_PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

# The library alone may change without a new database: the server's next session loads it.
stamp=$(cat build/sql/quidditch--*.sql "$documents" scripts/load.sql scripts/register.sql \
  udfs/*/udf.json udfs/*/*.wasm | sha256sum)
if [ "$(cat "$PGHOST/loaded" 2>/dev/null)" != "$stamp" ]; then
  say "loading $(wc -l <"$documents") documents into a new database demo"
  rm -f "$PGHOST/loaded"
  psql -d postgres -c "DROP DATABASE IF EXISTS demo WITH (FORCE)" -c "CREATE DATABASE demo" 2>&1 |
    { grep -v '^NOTICE:.*does not exist' || true; } >&2
  psql -f scripts/load.sql <"$documents"
  for description in udfs/*/udf.json; do
    module=$(ls "${description%/*}"/*.wasm)
    say "registering ${module##*/}"
    psql -o /dev/null -v module_file="$module" -v description_file="$description" -f scripts/register.sql
  done
  echo "$stamp" >"$PGHOST/loaded"
fi

psql -f scripts/tour.sql

cat <<END

The server goes on running, with this database. Go on by hand:
  make psql    or: psql 'host=$PGHOST port=$PGPORT user=postgres dbname=demo'
Stop it:
  make stop
END
