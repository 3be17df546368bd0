#!/usr/bin/env bash
# Measures calls, host functions and scripts in the sandbox, without PostgreSQL, and prints the fastest of the samples of
# each: what else the machine does disturbs that least. docs/udf-performance.md quotes it.
#   benches/sandbox.sh                 all in crates/sandbox/benches
#   benches/sandbox.sh --bench host    one file of them
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"
cd "$repo"
samples=${CARGO_TARGET_DIR:-target}/criterion
rm -rf "$samples"
[ $# != 0 ] || set -- --bench '*'
scripts/cargo.sh bench -p quidditch-sandbox "$@" -- --warm-up-time 0.5 --measurement-time 2 >&2
exec python3 - "$samples" <<'PYTHON'
import json
import pathlib
import sys

measured = []
for sample in pathlib.Path(sys.argv[1]).glob("*/new/sample.json"):
    times = json.loads(sample.read_text())
    name = json.loads(sample.with_name("benchmark.json").read_text())["full_id"]
    fastest = min(time / calls for time, calls in zip(times["times"], times["iters"]))
    measured.append((sample.stat().st_mtime, name, fastest))
for _, name, fastest in sorted(measured):
    print(f"{name:<50} {fastest:12,.1f} ns")
PYTHON
