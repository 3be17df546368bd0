#!/bin/bash
# Builds echo.wasm, which tests the SDK, from echo/.
set -euo pipefail
cd "$(dirname "$0")"
./compile.sh echo echo.wasm
