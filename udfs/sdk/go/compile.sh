#!/bin/bash
# compile.sh [DIRECTORY [FILE]]: builds the UDF in that directory, or in this one, as FILE, or as DIRECTORY.wasm in it. Go
# 1.24 or later is taken from PATH, or GO=... names it; else Debian 13's is unpacked under build/ and used from there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$(realpath "${1:-.}")
file=$(realpath -m "${2:-$directory/${directory##*/}.wasm}")

# is_new_enough GO: knows it go:wasmexport?
is_new_enough() {
    local version
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    [ "$(printf '%s\n' go1.24 "$version" | sort -V | head -1)" = go1.24 ]
}

GO=${GO:-go}
if ! is_new_enough "$GO"; then
    unpacked=$here/../../../build/go
    fetch=$here/../../fetch.sh
    [ -d "$unpacked" ] || [ -x "$fetch" ] || { echo "$0: this needs Go 1.24 or later, in PATH or named by GO=..." >&2; exit 1; }
    [ -d "$unpacked" ] || "$fetch" binary "$unpacked" golang-1.24-go golang-1.24-src
    GOROOT=$(realpath "$unpacked/usr/lib/go-1.24")
    GO=$GOROOT/bin/go
    export GOROOT
fi

cd "$directory"
GOOS=wasip1 GOARCH=wasm GOTOOLCHAIN=local "$GO" build -buildmode=c-shared -trimpath -buildvcs=false -ldflags='-s -w' -o "$file" .
chmod 644 "$file"
echo "$file: $(wc -c <"$file") bytes"
