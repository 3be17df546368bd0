#!/bin/bash
# Builds an interpreter again; the built ones are committed, so nothing needs this to use them.
#   build.sh python             writes python.wasm
#   build.sh --check python     compares with the python.wasm that is there
# `scripts/install-deps.sh interpreters` installs what it needs. The sources are those of Debian 13. The same compilers
# make the same bytes.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=udfs/tools.sh
. ../tools.sh

check=
[ "${1:-}" != --check ] || { check=1; shift; }
language=${1:-}
case $language in
    python) package=micropython release=1.25.0+ds-1 ;;
    javascript) package=quickjs release=2025.04.26-1 ;;
    *) echo "usage: $0 [--check] python|javascript" >&2; exit 2 ;;
esac
need clang-22 clang-22
need wasm-ld-22 lld-22
for library in libclang-rt-22-dev-wasm32 wasi-libc; do
    dpkg-query -s "$library" >/dev/null 2>&1 || { echo "$0: $library is missing: apt-get install $library" >&2; exit 1; }
done
need make make
need gcc gcc
need patch patch
need python3 python3

sources=${SOURCES:-$(cd ../.. && pwd)/build/sources}/$package-$release
[ -d "$sources" ] || ../fetch.sh source "$sources" "$package=$release"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"./$language/build.sh" "$sources" "$work/$language.wasm"

# Behind the module, a custom section: the digest of what it was made from. crates/sandbox/tests/interpreters.rs compares it
# where the compilers are missing.
digest=$(find build.sh "$language" -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1)
printf '\0\x52\x11quidditch.sources%s' "$digest" >>"$work/$language.wasm"
if [ -n "$check" ]; then
    cmp "$work/$language.wasm" "$language.wasm"
    echo "$language.wasm is what its sources make"
else
    mv "$work/$language.wasm" "$language.wasm"
    echo "$language.wasm: $(wc -c <"$language.wasm") bytes"
fi
