# shellcheck shell=bash
# Sourced by the build scripts.

# need COMMAND PACKAGE: stops with the Debian package's name when the command is missing.
need() {
    command -v "$1" >/dev/null && return
    echo "$0: $1 is missing: apt-get install $2" >&2
    exit 1
}

# finish FILE: makes the module smaller where wasm-opt (package binaryen) is there, and prints its size.
finish() {
    if command -v wasm-opt >/dev/null; then
        wasm-opt -O3 --enable-bulk-memory --enable-sign-ext --enable-mutable-globals --enable-nontrapping-float-to-int \
            --strip-debug --strip-producers "$1" -o "$1"
    else
        echo "wasm-opt is missing (apt-get install binaryen): $1 is larger than it could be" >&2
    fi
    chmod 644 "$1"
    echo "$1: $(wc -c <"$1") bytes"
}

# rust SOURCE FLAG...: builds SOURCE.wasm from SOURCE.rs with Debian's rustc; RUSTC=... names another one that has the
# target wasm32-unknown-unknown.
rust() {
    local source=$1 rustc=${RUSTC:-/usr/bin/rustc}
    shift
    need "$rustc" rustc
    need wasm-ld lld
    if [ ! -d "$("$rustc" --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
        echo "$0: $rustc has no library for wasm32: apt-get install libstd-rust-dev-wasm32 (or rustup target add wasm32-unknown-unknown)" >&2
        exit 1
    fi
    "$rustc" --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=2 -C lto=fat -C codegen-units=1 \
        -C panic=abort -C strip=symbols -C linker=wasm-ld -C link-arg=-zstack-size=16384 "$@" -o "$source.wasm" "$source.rs"
    finish "$source.wasm"
}

# c SOURCE FLAG...: builds SOURCE.wasm from SOURCE.c with clang; CLANG=... names another one.
c() {
    local source=$1 clang=${CLANG:-clang} sdk
    sdk=$(dirname "${BASH_SOURCE[0]}")/sdk/c
    shift
    need "$clang" clang
    need wasm-ld lld
    "$clang" --target=wasm32 -O2 -ffreestanding -nostdlib -Wall -Wextra -I "$sdk" -Wl,--no-entry \
        -Wl,-z,stack-size=16384 -Wl,--strip-all "$@" -o "$source.wasm" "$source.c"
    finish "$source.wasm"
}

# wat SOURCE: builds SOURCE.wasm from SOURCE.wat with wat2wasm.
wat() {
    need wat2wasm wabt
    wat2wasm "$1.wat" -o "$1.wasm"
    finish "$1.wasm"
}
