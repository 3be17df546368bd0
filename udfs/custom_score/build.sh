#!/bin/bash
# Builds custom_score.wasm with wat2wasm. (register_udf takes the text in custom_score.wat just as well.)
set -euo pipefail
cd "$(dirname "$0")"
. ../tools.sh
need wat2wasm wabt
wat2wasm custom_score.wat -o custom_score.wasm
finish custom_score.wasm
