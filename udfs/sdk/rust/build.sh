#!/bin/bash
# Builds echo.wasm, which tests the SDK.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../../tools.sh
rust echo
