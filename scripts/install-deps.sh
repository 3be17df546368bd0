#!/usr/bin/env bash
# Installs what is missing to build, test and run Quidditch on Debian 12, and nothing else.
#   install-deps.sh         for make demo
#   install-deps.sh test    and for make test
#   install-deps.sh udfs    and what rebuilds the example UDFs
#   install-deps.sh interpreters   and what rebuilds the interpreters of Python and JavaScript
#   install-deps.sh bench   and what the benchmarks compare with
#   install-deps.sh fuzz    and what libFuzzer is compiled with
# Quick and silent when nothing is missing. Never removes a package, unless REPLACE_RUSTC=1 says it may.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

packages=()
need() { packages+=("$@"); }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

command -v dpkg-query apt-get >/dev/null || die "this knows Debian's packages only" \
  "Needed: Rust $minimum_rust, a C compiler, libclang, PostgreSQL 15 with its server headers, Python 3."

need gcc libc6-dev ca-certificates   # linking Rust; fetching crates
need clang libclang-dev              # reading PostgreSQL's headers (bindgen)
need postgresql-15 postgresql-server-dev-15
need python3                         # the demo's data

if ! cargo_dir >/dev/null; then
  need rustc-web cargo-web rustfmt-web rust-web-clippy
fi

# Node that isn't Debian's brings npm along, and Debian's npm would conflict with it.
need_node() { command -v npm >/dev/null || need nodejs npm; }

if [ "${1:-}" = test ]; then
  need postgresql-plperl-15 # guests beside another language's signal handlers
  need python3-venv         # client libraries, for Python
  need_node                 # and for Node
fi

if [ "${1:-}" = bench ]; then
  need postgresql-plpython3-15
fi

if [ "${1:-}" = fuzz ]; then
  need g++
fi

if [ "${1:-}" = udfs ]; then
  need clang lld wabt binaryen # Rust for WebAssembly: see udfs.sh; Go: see udfs/sdk/go/compile.sh
  need_node                    # AssemblyScript's compiler
fi

if [ "${1:-}" = interpreters ]; then
  need clang-22 lld-22 libclang-rt-22-dev-wasm32 wasi-libc make patch xz-utils
fi

missing=$(comm -23 <(printf '%s\n' "${packages[@]}" | sort -u) \
  <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort -u))
[ -n "$missing" ] || exit 0
mapfile -t missing <<<"$missing"

say "missing here: ${missing[*]}"
am_root || command -v sudo >/dev/null || die "installing them needs root" \
  "As root: apt-get install --no-install-recommends ${missing[*]}"

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}

say "reading the package lists (apt-get update)"
apt update >/dev/null || die "apt-get update failed"

for package in "${missing[@]}"; do
  case $package in
    rustc-web)
      candidate=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: //p')
      dpkg --compare-versions "${candidate:-0}" ge "$minimum_rust" || die \
        "Rust $minimum_rust is needed, the package rustc-web would be ${candidate:-missing}" \
        "Debian 12's security suite (bookworm-security) has a newer one: add it to apt's sources," \
        "or install a Rust yourself and put cargo in PATH."
      if installed rustc || installed cargo; then
        [ "${REPLACE_RUSTC:-}" = 1 ] || die \
          "Debian's rustc here is older than $minimum_rust, and its newer rustc-web would replace it" \
          "REPLACE_RUSTC=1 make … allows that; or install a Rust yourself and put cargo in PATH."
      fi
      ;;
  esac
done

plan=$(apt-get -s -q --no-install-recommends install "${missing[@]}") ||
  die "apt can't install them:" "$(apt-get -s -q --no-install-recommends install "${missing[@]}" 2>&1 | tail -15)"
if [ "${REPLACE_RUSTC:-}" != 1 ] && grep -q '^Remv ' <<<"$plan"; then
  die "installing them would remove other packages:" "$(grep '^Remv ' <<<"$plan")"
fi
# An upgraded server package restarts its servers, and those aren't ours.
if grep -qE '^Inst postgresql-[0-9]+ \[' <<<"$plan"; then
  die "installing them would upgrade, and so restart, a PostgreSQL server:" \
    "$(grep -E '^Inst postgresql-[0-9]+ \[' <<<"$plan")" "Upgrade it yourself first, when it suits you."
fi

# Installing postgresql-15 on a machine without it would create and start a server, `15/main` on port 5432.
# Quidditch uses private ones, so while the packages are installed (and no longer) postgresql-common is
# told, in the folder it reads such settings from, not to.
setting=/etc/postgresql-common/createcluster.d/zz-quidditch.conf
as_root mkdir -p "${setting%/*}"
trap 'as_root rm -f "$setting"' EXIT
echo "create_main_cluster = false" | as_root tee "$setting" >/dev/null

say "installing ($(grep -c '^Inst ' <<<"$plan") packages with what they need)"
log=$(mktemp)
if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  tail -30 "$log" >&2
  die "apt-get install failed; all it said is in $log"
fi
rm -f "$log"
