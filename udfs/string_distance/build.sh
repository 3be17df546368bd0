#!/bin/bash
# Builds string_distance.wasm with Debian's rustc; RUSTC=... names another one that has the target wasm32-unknown-unknown.
set -euo pipefail
cd "$(dirname "$0")"
. ../tools.sh
RUSTC=${RUSTC:-/usr/bin/rustc}
need "$RUSTC" rustc
need wasm-ld lld
if [ ! -d "$("$RUSTC" --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
    echo "$0: $RUSTC has no library for wasm32: apt-get install libstd-rust-dev-wasm32 (or rustup target add wasm32-unknown-unknown)" >&2
    exit 1
fi
"$RUSTC" --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=2 -C lto=fat -C codegen-units=1 \
    -C panic=abort -C strip=symbols -C linker=wasm-ld -C link-arg=-zstack-size=16384 \
    -o string_distance.wasm string_distance.rs
finish string_distance.wasm
