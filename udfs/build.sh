#!/bin/bash
# Builds every UDF in this directory, in each of its languages, and what tests the SDKs; prints their sizes. The
# interpreters have a build of their own.
#   build.sh --check    fails when a module came out different from the one that was there
set -euo pipefail
cd "$(dirname "$0")"

check=
[ "${1:-}" != --check ] || check=1
sums() { sha256sum ./*/*.wasm ./*/*/*.wasm; }
before=$(sums)
for script in */build.sh */*/build.sh; do
    case $script in interpreters/*) continue ;; esac
    "$script" >/dev/null
done
printf '%-20s %-14s %8s\n' UDF language bytes
for description in */udf.json; do
    name=${description%/udf.json}
    language=$(sed -n 's/^ *"language": "\(.*\)",$/\1/p' "$description")
    printf '%-20s %-14s %8d\n' "$name" "$language" "$(wc -c <"$name/$name.wasm")"
    for module in "$name"/*/"$name.wasm"; do
        [ -f "$module" ] || continue
        language=${module#*/}
        printf '%-20s %-14s %8d\n' "$name" "${language%/*}" "$(wc -c <"$module")"
    done
done

if [ "$check" ] && ! diff <(echo "$before") <(sums) >&2; then
    echo "$0: modules changed: with the compilers of Debian 12 they come out the same" >&2
    exit 1
fi
