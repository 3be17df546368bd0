#!/bin/bash
# Builds custom_score.wasm. (register_udf takes the text in custom_score.wat just as well.)
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../tools.sh
wat custom_score
