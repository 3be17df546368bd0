#!/bin/bash
# Unpacks packages of Debian 13, which the machine's own Debian may not have. Nothing is installed: Debian 13's package
# lists are read beside the machine's, whose configuration stays as it is.
#   fetch.sh source DIRECTORY PACKAGE      the original source; of one release, as PACKAGE=RELEASE
#   fetch.sh binary DIRECTORY PACKAGE...   the files of binary packages, and nothing of what these depend on
# DIRECTORY is replaced when everything is there.
set -euo pipefail
kind=${1:-}
case $kind:$# in
    source:3 | binary:[3-9]) ;;
    *) echo "usage: $0 source DIRECTORY PACKAGE | binary DIRECTORY PACKAGE..." >&2; exit 2 ;;
esac
into=$(realpath -m "$2")
shift 2

# shellcheck disable=SC2016
repository=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | sort -u | sed -n 1p)
[ -n "$repository" ] || { echo "$0: there is no Debian repository in apt's configuration" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives}/partial "$work/preferences"
: >"$work/status"
case $kind in source) list=deb-src ;; binary) list=deb ;; esac
echo "$list [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${repository%/} trixie main" >"$work/sources.list"
cat >"$work/apt.conf" <<END
Dir::State "$work"; Dir::State::lists "$work/lists"; Dir::State::status "$work/status";
Dir::Cache "$work"; Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "$work/preferences";
APT::Sandbox::User "$(id -un)"; Acquire::Languages "none";
END
export APT_CONFIG=$work/apt.conf
cd "$work"
apt-get -qq update
rm -rf "$into.new"
mkdir -p "$into.new"
case $kind in
    source)
        apt-get -qq source --download-only "$1"
        tar -xf "${1%=*}"_*.orig.tar.* -C "$into.new" --strip-components=1
        ;;
    binary)
        apt-get -qq download "$@"
        for package in *.deb; do dpkg -x "$package" "$into.new"; done
        ;;
esac
rm -rf "$into"
mv "$into.new" "$into"
