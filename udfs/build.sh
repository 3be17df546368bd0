#!/bin/bash
# Builds every UDF in this directory, those in other languages' folders too, and prints their sizes.
set -euo pipefail
cd "$(dirname "$0")"
printf '%-40s %8s\n' module bytes
for description in */udf.json; do
    udf=${description%/udf.json}
    for script in "$udf"/build.sh "$udf"/*/build.sh; do
        [ -f "$script" ] || continue
        "$script" >/dev/null
        module=${script%/*}/$udf.wasm
        printf '%-40s %8d\n' "$module" "$(wc -c <"$module")"
    done
done
