#!/usr/bin/env bash
# Debian packages, unpacked into a folder: neither the machine's package lists nor what is installed changes.
#   fetch-packages.sh FOLDER PACKAGE…
# They come from the archive this machine already uses, its part non-free included.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -ge 2 ] || die "usage: fetch-packages.sh FOLDER PACKAGE…"
out=$1
shift

# Under /var/tmp since apt drops its privileges for the download and must be able to enter it.
tmp=$(mktemp -d /var/tmp/quidditch-packages.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/got"
if am_root && id _apt >/dev/null 2>&1; then chown _apt "$tmp/got"; fi

# The release's own part, from where the machine's own lists come.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
# shellcheck disable=SC2016
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' \
  'Component: main' "Codename: $codename" 2>/dev/null | head -1)
[ -n "$archive" ] || die "apt's sources have no Debian archive with a main for $codename" "apt-get update may help."
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [$([ ! -f $keyring ] || echo "signed-by=$keyring")] $archive $codename main non-free" >"$tmp/sources.list"
cat >"$tmp/apt.conf" <<CONF
Dir::Etc::sourcelist "$tmp/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$tmp/lists/";
Dir::Cache "$tmp/cache/";
Dir::Cache::archives "archives/";
Acquire::Languages "none";
#clear Acquire::IndexTargets;
Acquire::IndexTargets::deb::Packages { MetaKey "\$(COMPONENT)/binary-\$(ARCHITECTURE)/Packages"; };
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF

say "fetching $*"
apt-get -c "$tmp/apt.conf" -qq update >"$tmp/log" 2>&1 || die "apt-get update failed:" "$(tail -5 "$tmp/log")"
(cd "$tmp/got" && apt-get -c "$tmp/apt.conf" -qq download "$@") >"$tmp/log" 2>&1 ||
  die "apt-get download failed:" "$(tail -5 "$tmp/log")"
mkdir -p "$out"
for package in "$tmp"/got/*.deb; do
  dpkg -x "$package" "$out"
  rm "$package"
done
