#!/usr/bin/env bash
# cargo, with a Rust that is new enough and the PostgreSQL that PG_CONFIG names.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need_pg_config
dir=$(cargo_dir) || die "there is no Rust $minimum_rust or newer here" "make deps installs one."
export PATH=$dir:$PATH PGRX_PG_CONFIG_PATH=$PG_CONFIG
cd "$repo"
exec cargo "$@"
