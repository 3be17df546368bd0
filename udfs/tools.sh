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
