#!/bin/bash
# Builds geo_filter.wasm with clang; CLANG=... names another one.
set -euo pipefail
cd "$(dirname "$0")"
. ../tools.sh
CLANG=${CLANG:-clang}
need "$CLANG" clang
need wasm-ld lld
"$CLANG" --target=wasm32 -O2 -ffreestanding -nostdlib -Wall -Wextra -I ../sdk/c -Wl,--no-entry -Wl,-z,stack-size=16384 \
    -Wl,--strip-all -o geo_filter.wasm geo_filter.c
finish geo_filter.wasm
