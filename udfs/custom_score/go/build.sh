#!/bin/bash
# Builds custom_score.wasm with Go 1.24 or later; GO=... names another one than that in PATH.
set -euo pipefail
cd "$(dirname "$0")"
../../sdk/go/compile.sh . custom_score.wasm
