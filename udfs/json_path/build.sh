#!/bin/bash
# Builds json_path.wasm.
set -euo pipefail
cd "$(dirname "$0")"
../sdk/assemblyscript/compile.sh json_path.ts
