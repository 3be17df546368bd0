#!/bin/bash
# Builds string_distance.wasm with Go 1.24 or later; GO=... names another one than that in PATH.
set -euo pipefail
cd "$(dirname "$0")"
../../sdk/go/compile.sh . string_distance.wasm
