#!/bin/bash
# Builds string_distance.wasm.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../../tools.sh
wat string_distance
