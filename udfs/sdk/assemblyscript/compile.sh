#!/bin/bash
# Compiles UDFs in AssemblyScript: `compile.sh FILE.ts…` writes FILE.wasm beside each. The compiler's version is in
# package-lock.json; it is installed into build/assemblyscript once, or into the directory ASC_DIR names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
udfs=${here%/*/*}
# shellcheck source=udfs/tools.sh
. "$udfs/tools.sh"
[ $# != 0 ] || { echo "usage: $0 FILE.ts…" >&2; exit 2; }
need node nodejs
need npm npm

compiler=$(realpath -m "${ASC_DIR:-${udfs%/*}/build/assemblyscript}")
wanted=$(cat "$here/package.json" "$here/package-lock.json" | cksum)
if [ "$(cat "$compiler/.stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing the AssemblyScript compiler into $compiler" >&2
    rm -rf "$compiler"
    mkdir -p "$compiler"
    cp "$here/package.json" "$here/package-lock.json" "$compiler"
    # npm brings its own certificates; what this machine trusts counts.
    certificates=/etc/ssl/certs/ca-certificates.crt
    if [ -f $certificates ]; then export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$certificates}; fi
    npm ci --prefix "$compiler" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel error >&2
    echo "$wanted" >"$compiler/.stamp"
fi
for source; do
    module=${source%.ts}.wasm
    # Paths of sources are in error messages, so they shouldn't depend on where this is called.
    (cd "$(dirname "$source")" && node "$compiler/node_modules/assemblyscript/bin/asc.js" "$(basename "$source")" \
        --config "$here/asconfig.json" -o "$(basename "$module")")
    finish "$module"
done
