#!/bin/bash
# Builds date_range.wasm.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../tools.sh
rust date_range
