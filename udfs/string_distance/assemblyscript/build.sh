#!/bin/bash
# Builds string_distance.wasm.
set -euo pipefail
cd "$(dirname "$0")"
../../sdk/assemblyscript/compile.sh string_distance.ts
