#!/bin/bash
# Builds echo.wasm, which tests the SDK.
set -euo pipefail
cd "$(dirname "$0")"
./compile.sh echo.ts
