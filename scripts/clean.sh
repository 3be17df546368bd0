#!/usr/bin/env bash
# Removes what the other targets made, the servers having been stopped.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
for link in build/pg*; do
  [ -L "$link" ] || continue
  target=$(readlink "$link")
  case $target in /var/tmp/quidditch-*/pg*) rm -rf "${target%/*}" ;; esac
done
rm -rf --one-file-system build target fuzz/target
