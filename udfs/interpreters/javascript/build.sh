#!/bin/bash
# build.sh SOURCE OUT: builds the interpreter from QuickJS's source tree; called by ../build.sh.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
source=$(realpath "$1") out=$(realpath -m "$2")
# shellcheck source=udfs/tools.sh
. "$here/../../tools.sh"
need node nodejs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a "$source" "$work/quickjs"
cp -a "$here"/*.[ch] "$here/compat" "$work/"
cd "$work"
patch -s -d quickjs -p1 <"$here/quickjs.patch"

# EMSCRIPTEN is what QuickJS's source calls WebAssembly: no threads, no jumps to computed places.
stack=524288 frames=524288
flags=(--target=wasm32-wasi -std=gnu2x -Oz -Wno-deprecated -DNDEBUG "-DSTACK_SIZE=$stack" "-DINNER_FRAMES=$frames" -DEMSCRIPTEN -D_GNU_SOURCE
    "-DCONFIG_VERSION=\"$(cat quickjs/VERSION)\"" -I. -Icompat -isystem quickjs "-ffile-prefix-map=$work=.")
mkdir objects
# engine.c contains quickjs.c.
printf '%s\n' engine.c quickjs/{cutils,dtoa,libregexp,libunicode}.c |
    xargs -P "$(nproc)" -I{} sh -c 'file=$1; shift; exec clang-22 "$@" -w -c "$file" -o "objects/$(basename "$file" .c).o"' - {} "${flags[@]}"
for file in document failure functions main memory text wasi; do
    clang-22 "${flags[@]}" -Wall -Wextra -Wno-unused-parameter -c $file.c -o objects/$file.o
done
clang-22 --target=wasm32-wasi --no-wasm-opt -Wno-deprecated -mexec-model=reactor objects/*.o -lm -o interpreter.wasm \
    "-Wl,-z,stack-size=$stack" -Wl,--stack-first -Wl,--strip-all -Wl,--gc-sections
node "$here/snapshot.mjs" interpreter.wasm "$out"
chmod 644 "$out"
