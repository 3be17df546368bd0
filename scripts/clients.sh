#!/usr/bin/env bash
# pg_test/clients: the operators through client libraries, with queries as bound parameters. Each client gets a
# database of its own on the server that the environment names (scripts/server.sh env test prints it) and makes its
# table there. What they need is installed under build/clients, once.
#   clients.sh [CLIENT…]   psycopg sqlalchemy django asyncpg pg sqlx
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
[ $# != 0 ] || set -- psycopg sqlalchemy django asyncpg pg sqlx
[ -n "${QUIDDITCH_PG_BIN:-}" ] || die "the environment names no server" \
  "make clients starts one; eval \"\$(scripts/server.sh env test)\" names a running one."
sources=$repo/pg_test/clients
made=$repo/build/clients
database=quidditch_clients
mkdir -p "$made"

# pip and npm bring their own certificates; what this machine trusts counts.
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -f $certificates ]; then
  export PIP_CERT=${PIP_CERT:-$certificates} NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$certificates}
fi

# stamped DIRECTORY STAMP COMMAND…: makes the directory with the command, unless it was made with this stamp.
stamped() {
  local directory=$1 stamp=$2
  shift 2
  [ "$(cat "$directory/.stamp" 2>/dev/null)" != "$stamp" ] || return 0
  rm -rf "$directory"
  say "making $directory"
  "$@" >"$directory.log" 2>&1 || die "that failed:" "$(tail -20 "$directory.log")"
  echo "$stamp" >"$directory/.stamp"
}

# Debian's python3-venv is for Debian's Python, which needn't be the first in PATH.
python=/usr/bin/python3
[ -x $python ] || python=python3

install_python() {
  $python -m venv "$made/python" &&
    "$made/python/bin/pip" install -q --disable-pip-version-check --no-deps --only-binary :all: \
      -r "$sources/requirements.txt"
}
need_python() {
  stamped "$made/python" "$($python --version) $(cksum <"$sources/requirements.txt")" install_python
}

install_node() {
  mkdir -p "$made/node" &&
    cp "$sources/package.json" "$sources/package-lock.json" "$made/node" &&
    npm ci --prefix "$made/node" --ignore-scripts --no-audit --no-fund --no-update-notifier
}
need_node() {
  stamped "$made/node" "$(cat "$sources/package.json" "$sources/package-lock.json" | cksum)" install_node
}

# Its own target directory: the workspace's would be compiled anew for other features.
need_sqlx() {
  [ -d "$made/rust" ] || say "making $made/rust"
  CARGO_TARGET_DIR=$made/rust scripts/cargo.sh build -q --locked --manifest-path "$sources/rust/Cargo.toml"
}

sql() { "$QUIDDITCH_PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -d "$@"; }
drop_database() {
  sql postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)"
}
new_database() {
  drop_database
  sql postgres -c "CREATE DATABASE $database"
  sql $database -c "CREATE EXTENSION quidditch"
}

run() {
  case $1 in
    pg) NODE_PATH=$made/node/node_modules node "$sources/with_pg.js" ;;
    sqlx) "$made/rust/debug/quidditch-client-sqlx" ;;
    *) "$made/python/bin/python" -B "$sources/with_$1.py" ;;
  esac
}

failed=
for client; do
  case $client in
    psycopg | sqlalchemy | django | asyncpg) need_python ;;
    pg) need_node ;;
    sqlx) need_sqlx ;;
    *) die "no client is called '$client'" "There are psycopg, sqlalchemy, django, asyncpg, pg and sqlx." ;;
  esac
  new_database
  if output=$(PGDATABASE=$database run "$client" 2>&1); then
    printf 'ok      %s\n' "$output"
  else
    printf 'FAILED  %s\n%s\n' "$client" "$output"
    failed=1
  fi
done
drop_database
[ -z "$failed" ] || die "a client's test failed"
