#!/usr/bin/env bash
# Compiles the extension and puts it into the PostgreSQL that PG_CONFIG names.
#   install.sh             there (DESTDIR is put before the paths, as usual)
#   install.sh --private   into the private copy of it that the demo and the tests run
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
if [ "${1:-}" = --private ]; then DESTDIR=$("$repo/scripts/server.sh" root); fi
library=$("$repo/scripts/build.sh")
DESTDIR=${DESTDIR:-}
lib=$DESTDIR$("$PG_CONFIG" --pkglibdir)
share=$DESTDIR$("$PG_CONFIG" --sharedir)/extension
said=

# put FILE TARGET MODE: replaces it whole, since a running server may have it mapped; leaves an equal one alone.
put() {
  cmp -s "$1" "$2" && return
  local run=
  if [ -d "${2%/*}" ]; then
    [ -w "${2%/*}" ] || run=as_root
  else
    mkdir -p "${2%/*}" 2>/dev/null || { run=as_root; as_root mkdir -p "${2%/*}"; }
  fi
  $run install -m "$3" "$1" "$2.new"
  $run mv -f "$2.new" "$2"
  say "installed $2"
  said=1
}

put "$library" "$lib/quidditch.so" 755
put "$repo/quidditch.control" "$share/quidditch.control" 644
for script in "$repo"/build/sql/quidditch--*.sql; do
  put "$script" "$share/${script##*/}" 644
done
[ -n "$said" ] || say "the installed extension is up to date"
