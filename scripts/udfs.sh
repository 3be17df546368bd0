#!/usr/bin/env bash
# Builds the example UDFs again from their sources. RUSTC=/path/to/rustc names a compiler with the target
# wasm32-unknown-unknown; otherwise it is Debian's own, so that everybody gets the same bytes.
#   udfs.sh --check    fails when a module came out different from the one that was there
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

has_wasm() { [ -d "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib" ]; }

# Debian's rustc can't be installed beside the newer rustc-web that compiles the extension, so where it isn't
# installed it is unpacked under build/ instead.
unpack_rustc() {
  local into=$repo/build/rustc library
  if [ ! -x "$into/rustc" ]; then
    say "unpacking Debian's rustc into $into"
    rm -rf "$into"
    mkdir -p "$into/archives/partial"
    library=libstd-rust-$(apt-cache show rustc | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    (cd "$into" && apt-get -qq -o Dir::Cache::archives="$into/archives" -o APT::Sandbox::User=root \
      download rustc "$library" libstd-rust-dev-wasm32)
    for package in "$into"/*.deb; do dpkg -x "$package" "$into"; done
    rm -rf "$into"/*.deb "$into/archives"
    cat >"$into/rustc" <<END
#!/bin/sh
LD_LIBRARY_PATH=$into/usr/lib/$(gcc -print-multiarch) exec $into/usr/bin/rustc "\$@"
END
    chmod +x "$into/rustc"
  fi
  echo "$into/rustc"
}

if [ -z "${RUSTC:-}" ]; then
  if has_wasm /usr/bin/rustc; then RUSTC=/usr/bin/rustc; else RUSTC=$(unpack_rustc); fi
fi
has_wasm "$RUSTC" || die "$RUSTC can't compile to wasm32-unknown-unknown"
export RUSTC
exec "$repo/udfs/build.sh" "$@"
