#!/bin/bash
# build.sh SOURCE OUT: builds the interpreter from MicroPython's source tree; called by ../build.sh.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
source=$1 out=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a "$source" "$work/micropython"
cp "$here"/*.[ch] "$here/micropython.mk" "$work/"
cp "$here/backtrack.c" "$work/micropython/lib/re1.5/recursiveloop.c"
cp "$here/float.c" "$work/micropython/py/formatfloat.c"
cd "$work"
for patch in "$here"/patches/*.patch; do
    patch -s -d micropython -p1 <"$patch"
done
make -s -f micropython.mk MICROPYTHON="$work/micropython" BUILD="$work/generated" headers >make.log ||
    { cat make.log >&2; exit 1; }

shadow_stack=155648
flags=(--target=wasm32-wasi -std=gnu11 -O2 -DNDEBUG "-DSHADOW_STACK=$shadow_stack" -fno-strict-aliasing -w
    -mexception-handling -mllvm -wasm-enable-sjlj -mllvm -wasm-use-legacy-eh=false
    -I. -Imicropython -Igenerated "-ffile-prefix-map=$work=.")
mkdir objects
# shellcheck disable=SC2016
printf '%s\n' micropython/py/*.c micropython/extmod/mod{json,re,heapq}.c setjmp.c exports.c failure.c heap.c module.c output.c signature.c sort.c text.c typing.c wasi.c |
    xargs -P "$(nproc)" -I{} sh -c 'file=$1; shift; exec clang-22 "$@" -c "$file" -o "objects/$(basename "$file" .c).o"' - {} "${flags[@]}"
# --no-wasm-opt: the driver would run a wasm-opt from PATH, and an old one can't read these exceptions.
clang-22 --target=wasm32-wasi --no-wasm-opt -mexec-model=reactor objects/*.o -o "$out" \
    "-Wl,-z,stack-size=$shadow_stack" -Wl,--stack-first -Wl,--strip-all -Wl,--gc-sections
chmod 644 "$out"
