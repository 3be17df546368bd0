#!/bin/bash
# fetch.sh PACKAGE=VERSION DIRECTORY: unpacks the original source of a Debian 13 package, which the machine's own Debian may
# not have. Debian 13's package lists are read beside the machine's, whose configuration stays as it is.
set -euo pipefail
package=$1 into=$2

# shellcheck disable=SC2016
repository=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian|Debian|//p' | sort -u | sed -n 1p)
[ -n "$repository" ] || { echo "$0: there is no Debian repository in apt's configuration" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives}/partial "$work/preferences"
: >"$work/status"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${repository%/} trixie main" >"$work/sources.list"
cat >"$work/apt.conf" <<END
Dir::State "$work"; Dir::State::lists "$work/lists"; Dir::State::status "$work/status";
Dir::Cache "$work"; Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "$work/preferences";
APT::Sandbox::User "$(id -un)"; Acquire::Languages "none";
END
export APT_CONFIG=$work/apt.conf
cd "$work"
apt-get -qq update
apt-get -qq source --download-only "$package"
rm -rf "$into.new"
mkdir -p "$into.new"
tar -xf "${package%=*}"_*.orig.tar.* -C "$into.new" --strip-components=1
rm -rf "$into"
mv "$into.new" "$into"
