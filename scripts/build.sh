#!/usr/bin/env bash
# Compiles the extension for the PostgreSQL that PG_CONFIG names; prints the library's path.
# FEATURES=fault-points compiles that in, for tests.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need_pg_config
[ -d "$("$PG_CONFIG" --includedir-server)" ] || die "$PG_CONFIG has no server headers" \
  "Debian: apt-get install postgresql-server-dev-$(pg_major)"
"$repo/scripts/cargo.sh" build --release -p quidditch --no-default-features --features "pg$(pg_major)${FEATURES:+,$FEATURES}" >&2
echo "${CARGO_TARGET_DIR:-$repo/target}/release/libquidditch.so"
