#!/bin/bash
# Builds relevance_boost.wasm.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../tools.sh
c relevance_boost
