#!/usr/bin/env bash
# Private PostgreSQL servers, away from every other server and installation on the machine.
#   server.sh root            make the private copy of PostgreSQL that they run from; print its path
#   server.sh start  NAME     NAME is demo, test or bench; made when it isn't there
#   server.sh reset  NAME     a new, empty one
#   server.sh stop   [NAME]   that one, or all, of every PostgreSQL
#   server.sh status
#   server.sh env    NAME     what clients need, as shell `export`s
#   server.sh psql   NAME …   psql, connected to it
#
# They listen on a Unix socket in a directory that only their own user (and root) can enter, not on TCP: so
# neither passwords nor free ports are anybody's concern, and the port is only part of the socket's name.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# PostgreSQL looks for extensions in its own installation (before 18: alone), and finds that relative to its own
# executable. So a copy (50 MB) with the same layout under another root gets our extension, and the machine's
# installation stays as the package manager left it.
make_root() {
  local root stamp part from_bin from_lib
  root=$(pg_dir)/root
  from_bin=$("$PG_CONFIG" --bindir) from_lib=$("$PG_CONFIG" --pkglibdir)
  # With the list of its libraries, since a package may add one later.
  stamp="$("$PG_CONFIG" --version) $(stat -c '%s %Y' "$from_bin/postgres") $(cd "$from_lib" && printf "%s " * | cksum)"
  if [ "$(cat "$root/.stamp" 2>/dev/null)" != "$stamp" ]; then
    stop_all
    rm -rf "$root"
    for part in "$from_bin" "$from_lib" "$("$PG_CONFIG" --sharedir)"; do
      mkdir -p "$root$part"
      cp -a "$part/." "$root$part"
    done
    # Libraries that its programs find relative to themselves, outside of these.
    for part in $(ldd "$from_bin/psql" | sed -n 's|.* => \(/.*/\.\./.*\) (.*|\1|p'); do
      part=$(realpath -s "$part")
      [ ! -e "$root$part" ] || continue
      mkdir -p "$root${part%/*}"
      cp -a "$part" "$root$part"
    done
    # Headers and build files stay where they are.
    part=$("$PG_CONFIG" --pkgincludedir)
    mkdir -p "$root$(dirname "$part")"
    ln -sfn "$part" "$root$part"
    if [ -d "$from_lib/pgxs" ]; then
      rm -rf "$root$from_lib/pgxs"
      ln -s "$from_lib/pgxs" "$root$from_lib/pgxs"
    fi
    [ "$("$root$from_bin/pg_config" --pkglibdir)" = "$root$from_lib" ] ||
      die "this PostgreSQL can't be moved: its $from_bin/pg_config has fixed paths"
    echo "$stamp" >"$root/.stamp"
  fi
  echo "$root"
}

bin_dir() { echo "$(pg_dir)/root$("$PG_CONFIG" --bindir)"; }

server() { # sets: bin dir data port
  case $1 in
    demo) port=28815 ;;
    test) port=28816 ;;
    bench) port=28817 ;;
    *) die "no server is called '$1'" "There are demo, test and bench." ;;
  esac
  bin=$(bin_dir)
  dir=$(pg_dir)/$1
  data=$dir/data
}

running() { [ -f "$data/postmaster.pid" ] && as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }

create() {
  say "making the server '$1' in $data"
  mkdir -p "$dir"
  chmod 700 "$dir"
  if am_root; then chown postgres: "$dir"; fi
  as_server "$bin/initdb" -D "$data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust --no-sync >"$dir/initdb.log" 2>&1 ||
    die "initdb failed:" "$(cat "$dir/initdb.log")"
  {
    echo "listen_addresses = ''"
    # What is measured is in memory; checkpoints come seldom.
    if [ "$1" = bench ]; then
      printf '%s\n' "shared_buffers = 2GB" "max_wal_size = 8GB" "checkpoint_timeout = 1h"
    else
      printf '%s\n' "shared_buffers = 256MB" "max_wal_size = 2GB"
    fi
    echo "log_line_prefix = '%m [%p] %q%d '"
    # What the tests write needn't outlive the machine's power.
    if [ "$1" = test ]; then echo "fsync = off"; fi
  } | as_server tee -a "$data/postgresql.conf" >/dev/null
}

start() {
  local name=$1
  make_root >/dev/null
  server "$name"
  if [ -d "$data" ] && [ "$(stat -c %U "$data")" != "$(server_user)" ]; then
    die "$data belongs to $(stat -c %U "$data"), servers started now would run as $(server_user)" \
      "Go on as the user who made it, or make clean as that one."
  fi
  [ -f "$data/PG_VERSION" ] || create "$name"
  running && return
  as_server "$bin/pg_ctl" -D "$data" -l "$dir/log" -o "-p $port -k '$dir'" -w start >/dev/null ||
    die "the server '$name' doesn't start:" "$(as_server tail -15 "$dir/log")"
}

stop() {
  server "$1"
  if running; then as_server "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null; fi
}

stop_all() {
  local name
  for name in demo test bench; do stop "$name"; done
}

# Whichever PostgreSQL they are of.
stop_every_major() {
  local pid_file root pg_ctl
  for pid_file in "$repo"/build/pg[0-9]*/*/data/postmaster.pid; do
    [ -f "$pid_file" ] || continue
    data=$(readlink -f "${pid_file%/*}")
    root=${data%/*/data}/root
    pg_ctl=$(find "$root" -path '*/bin/pg_ctl' | sed -n 1p)
    bin=${pg_ctl%/*}
    if running; then as_server "$bin/pg_ctl" -D "$data" -m fast -w stop >/dev/null; fi
  done
}

client_env() {
  server "$1"
  printf "export %s='%s'\n" PGHOST "$dir" PGPORT "$port" PGUSER postgres PGDATABASE "$1" \
    QUIDDITCH_PG_BIN "$bin" QUIDDITCH_PG_DATA "$data" QUIDDITCH_PG_LOG "$dir/log" \
    QUIDDITCH_TEST_URL "postgresql:///$1?host=$dir&port=$port&user=postgres"
}

case ${1:-} in
  root) make_root ;;
  start) start "$2" ;;
  reset)
    stop "$2"
    rm -rf "$dir"
    start "$2"
    ;;
  stop)
    if [ -z "${2:-}" ]; then
      stop_every_major
      exit
    fi
    [ -x "$PG_CONFIG" ] && [ -d "$repo/build/pg$(pg_major)/" ] || exit 0
    stop "$2"
    ;;
  status)
    for name in demo test bench; do
      server $name
      if running; then echo "$name: running, $data"; else echo "$name: not running"; fi
    done
    ;;
  env) client_env "$2" ;;
  psql)
    name=$2
    shift 2
    server "$name"
    eval "$(client_env "$name")"
    running || die "the server '$name' isn't running" "make demo starts the demo's."
    exec "$bin/psql" "$@"
    ;;
  *) die "usage: server.sh root | start|reset NAME | stop [NAME] | status | env NAME | psql NAME …" ;;
esac
