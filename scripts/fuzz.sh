#!/usr/bin/env bash
# Runs each fuzz target for FUZZ_SECONDS (60). TARGETS='a b' picks some.
# libFuzzer comes with the crate libfuzzer-sys, and RUSTC_BOOTSTRAP=1 lets the stable compiler instrument for it, so
# neither cargo-fuzz nor a nightly compiler is needed.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
[ -f fuzz/Cargo.toml ] || die "there is no fuzz/Cargo.toml"
targets=${TARGETS:-$(sed -n '/^\[\[bin\]\]/,/^$/s/^name = "\(.*\)"/\1/p' fuzz/Cargo.toml)}
host=$("$(cargo_dir)/rustc" -vV | sed -n 's/^host: //p')
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Ccodegen-units=1"
# --target keeps the flags from build scripts and macros.
for target in $targets; do
  scripts/cargo.sh build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir fuzz/target --bin "$target"
done
for target in $targets; do
  say "fuzzing $target for ${FUZZ_SECONDS:-60} s"
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  seeds=()
  if [ -d "fuzz/seeds/$target" ]; then seeds=("fuzz/seeds/$target"); fi
  "fuzz/target/$host/release/$target" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target" "${seeds[@]}"
done
