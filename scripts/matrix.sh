#!/usr/bin/env bash
# The tests that need a server, on each PostgreSQL: those named in MAJORS, or 15 to 18. What isn't installed is fetched.
#   matrix.sh [STAGE…]   stages of test.sh; without any: regress integration
# One that fails doesn't keep the others from being tested. Logs: build/matrix/MAJOR.log
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
[ $# != 0 ] || set -- regress integration
read -ra majors <<<"${MAJORS:-15 16 17 18}"
logs=$repo/build/matrix
mkdir -p "$logs"

summary=()
failed=
for major in "${majors[@]}"; do
  start=$SECONDS
  log=$logs/$major.log
  if ! pg_config=$(scripts/postgres.sh "$major"); then
    summary+=("PostgreSQL $major: NOT TESTED, there is none")
    failed=1
    continue
  fi
  version=$("$pg_config" --version)
  say "$version: $*"
  if PG_CONFIG=$pg_config scripts/test.sh "$@" 2>&1 | tee "$log" >&2; then
    result=ok
  else
    result=FAILED
    failed=1
  fi
  summary+=("$version: $result, $((SECONDS - start)) s")
  # What was left out there, as the stages said it.
  mapfile -t left_out < <(sed -n 's/^==> left out: /    without /p' "$log")
  summary+=("${left_out[@]}")
done
printf '%s\n' "${summary[@]}"
[ -z "$failed" ] || die "a PostgreSQL failed"
