#!/bin/bash
# Builds every UDF in this directory and prints their sizes.
set -euo pipefail
cd "$(dirname "$0")"
for script in */build.sh; do
    "$script" >/dev/null
done
printf '%-20s %-8s %8s\n' UDF language bytes
for description in */udf.json; do
    name=${description%/udf.json}
    language=$(sed -n 's/^ *"language": "\(.*\)",$/\1/p' "$description")
    printf '%-20s %-8s %8d\n' "$name" "$language" "$(wc -c <"$name/$name.wasm")"
done
