#!/bin/bash
# Builds geo_filter.wasm.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../tools.sh
c geo_filter
