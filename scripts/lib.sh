# shellcheck shell=bash
# Sourced by the other scripts.
set -euo pipefail

export LC_ALL=C.UTF-8
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$repo/quidditch.control")
# PostgreSQL 15 as Debian 12 packages it, unless the caller says otherwise.
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

say() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE [HINT…]
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# = 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

am_root() { [ "$(id -u)" = 0 ]; }

as_root() {
  if am_root; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "this needs root: $*" "Run it as root, or install sudo."
  fi
}

# PostgreSQL refuses to run as root, so root's private servers belong to `postgres`.
server_user() { if am_root; then echo postgres; else id -un; fi; }

# From / because the server's user may not be allowed into the current directory.
as_server() (
  cd /
  # A server with RUST_BACKTRACE would put a backtrace into the detail of every cancelled statement.
  unset RUST_BACKTRACE
  if am_root; then exec runuser -u postgres -- "$@"; else exec "$@"; fi
)

need_pg_config() {
  [ -x "$PG_CONFIG" ] || die "there is no $PG_CONFIG" \
    "make deps installs PostgreSQL 15; PG_CONFIG=/path/to/pg_config names another one."
}

# pg_major_of PG_CONFIG
pg_major_of() { "$1" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'; }
pg_major() { pg_major_of "$PG_CONFIG"; }

# need_venv DIRECTORY: makes a Python environment there, unless there is one.
need_venv() {
  [ -x "$1/bin/pip" ] && return
  # Debian's python3-venv is for Debian's Python, which needn't be the first in PATH.
  local python=/usr/bin/python3 said
  [ -x $python ] || python=python3
  rm -rf "$1"
  mkdir -p "$(dirname "$1")"
  said=$($python -m venv "$1" 2>&1) ||
    die "Python makes no environment in $1:" "$said" "make deps-test installs what that takes."
}
# What this machine trusts counts, not the certificates that pip brings.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  export PIP_CERT=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
fi

# Where the private PostgreSQL and its servers live: build/pg15, unless the server's user can't get there
# (a clone in a home directory closed to others) or the path is too long for a Unix socket.
pg_dir() {
  need_pg_config
  local link base dir
  link=$repo/build/pg$(pg_major)
  if am_root && ! id postgres >/dev/null 2>&1; then
    die "there is no user postgres to run a server as" "make deps installs what creates it."
  fi
  if [ -d "$link" ]; then
    dir=$(readlink -f "$link")
    pg_dir_usable "$dir" || die "$(server_user) can't reach $dir (any more)" "make clean, then try again."
    echo "$dir"
    return
  fi
  rm -f "$link" # a link to a fallback that was cleaned away
  mkdir -p "$link"
  if pg_dir_usable "$link"; then
    echo "$link"
    return
  fi
  rmdir "$link"
  base=/var/tmp/quidditch-$(id -u)-$(printf %s "$repo" | sha256sum | cut -c1-8)
  if ! mkdir -m 755 "$base" 2>/dev/null && { [ -L "$base" ] || ! [ -O "$base" ]; }; then
    die "$base is somebody else's"
  fi
  dir=$base/pg$(pg_major)
  mkdir -p "$dir"
  ln -s "$dir" "$link"
  say "$(server_user) can't use $link (a closed directory above it, or a long path), so it is a link to $dir"
  echo "$dir"
}

# 80 leaves room in a socket's 107 characters for /demo/.s.PGSQL.28815
pg_dir_usable() { [ ${#1} -le 80 ] && as_server test -x "$1"; }

# Which cargo? Prints its directory; fails when there is none new enough.
minimum_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repo/Cargo.toml")
cargo_dir() {
  local cargo found
  for cargo in "$(command -v cargo || true)" "$HOME/.cargo/bin/cargo" /usr/bin/cargo; do
    [ -x "$cargo" ] || continue
    # Asked outside the repository and with its own rustc; a rustup without a toolchain answers nothing.
    found=$(cd / && PATH=$(dirname "$cargo"):$PATH rustc --version 2>/dev/null | cut -d' ' -f2) || continue
    if [ "$(printf '%s\n%s\n' "$minimum_rust" "$found" | sort -V | head -1)" = "$minimum_rust" ]; then
      dirname "$cargo"
      return
    fi
  done
  return 1
}
