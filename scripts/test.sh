#!/usr/bin/env bash
# The tests, in this order; or only the stages named.
#   lint         formatting, clippy, documented messages
#   unit         the crates, without a server
#   regress      pg_test/regress with pg_regress, against a private server
#   integration  the crate in pg_test, against the same
#   clients      pg_test/clients, client libraries against the same
# KEEP=1 leaves the server running afterwards, to look into. TESTS='a b' picks the suites of `regress`,
# INTEGRATION='--test a' the tests of `integration`. What takes longer is in soak.sh.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
cargo=scripts/cargo.sh
server=scripts/server.sh
[ $# != 0 ] || set -- lint unit regress integration clients

# The extension itself has no tests that run without a server, and can't be linked without one.
serverless=(--workspace --exclude quidditch)
if [ -f pg_test/Cargo.toml ]; then serverless+=(--exclude quidditch-pg-test); fi
features=(--no-default-features --features "quidditch/pg$(pg_major)")

lint() {
  if "$cargo" fmt --version >/dev/null 2>&1; then
    "$cargo" fmt --all --check
  else
    say "no rustfmt here: formatting not checked"
  fi
  if "$cargo" clippy --version >/dev/null 2>&1; then
    "$cargo" clippy --release --workspace --all-targets "${features[@]}" -- -D warnings
  else
    say "no clippy here: not run"
  fi
  scripts/check-messages.py
}

unit() { "$cargo" test --release "${serverless[@]}"; }

ready=
test_server() {
  [ -z "$ready" ] || return 0
  scripts/install.sh --private
  [ -n "${KEEP:-}" ] || trap '"$server" stop test' EXIT
  "$server" reset test
  environment=$("$server" env test)
  eval "$environment"
  "$QUIDDITCH_PG_BIN/psql" -X -q -d postgres -c "CREATE DATABASE test"
  ready=1
}

regress() {
  local suites out
  suites=${TESTS:-$(cd pg_test/regress/sql 2>/dev/null && printf '%s\n' *.sql | sed 's/\.sql$//')}
  if [ -z "$suites" ]; then
    say "no suites in pg_test/regress"
    return
  fi
  test_server
  out=$repo/build/regress
  rm -rf "$out"
  mkdir -p "$out"
  # shellcheck disable=SC2086
  "$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress" --bindir="$QUIDDITCH_PG_BIN" \
    --host="$PGHOST" --port="$PGPORT" --user=postgres --dbname=quidditch_regress --load-extension=quidditch \
    --inputdir=pg_test/regress --outputdir="$out" $suites || {
    cat "$out/regression.diffs" 2>/dev/null
    return 1
  }
}

# left_out EXTENSION: is it missing in a PostgreSQL that scripts/postgres.sh fetched? Then tests that need it aren't
# run, and that is said. One that was installed is expected to have it.
left_out() {
  [[ $PG_CONFIG = "$repo"/build/* ]] || return 1
  [ ! -f "$("$PG_CONFIG" --sharedir)/extension/$1.control" ] || return 1
  say "left out: what needs $1, which this PostgreSQL comes without"
}

integration() {
  if [ ! -f pg_test/Cargo.toml ]; then
    say "no crate in pg_test"
    return
  fi
  test_server
  local skip=()
  if left_out plperl; then skip+=(--skip perl_); fi
  # shellcheck disable=SC2086
  QUIDDITCH_PG_CONFIG=$PG_CONFIG "$cargo" test --release -p quidditch-pg-test ${INTEGRATION:-} -- "${skip[@]}"
}

clients() {
  test_server
  scripts/clients.sh
}

for stage; do
  case $stage in
    lint | unit | regress | integration | clients)
      start=$SECONDS
      say "$stage"
      "$stage"
      say "$stage: $((SECONDS - start)) s"
      ;;
    *) die "no stage is called '$stage'" "There are lint, unit, regress, integration and clients." ;;
  esac
done
