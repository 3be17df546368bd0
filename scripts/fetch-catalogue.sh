#!/usr/bin/env bash
# The demo's documents: Debian's package catalogue, from the archive this machine already uses, as JSON lines.
#   fetch-catalogue.sh build/data/packages.jsonl
. "$(dirname "$0")/lib.sh"
out=$1

# apt reads its lists into a folder of its own, so neither the machine's lists nor its caches change, and a
# machine that keeps no descriptions, or compressed lists, gives the same. The folder is under /var/tmp since
# apt drops its privileges for the download and must be able to enter it.
tmp=$(mktemp -d /var/tmp/quidditch-catalogue.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial"
cat >"$tmp/apt.conf" <<CONF
Dir::State::lists "$tmp/lists/";
Dir::Cache "$tmp/cache/";
Dir::Cache::archives "archives/";
#clear Acquire::Languages;
Acquire::Languages { "en"; };
Acquire::GzipIndexes "false";
#clear Acquire::IndexTargets;
Acquire::IndexTargets::deb::Packages { MetaKey "\$(COMPONENT)/binary-\$(ARCHITECTURE)/Packages"; };
Acquire::IndexTargets::deb::Translations { MetaKey "\$(COMPONENT)/i18n/Translation-\$(LANGUAGE)"; };
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF

say "fetching Debian's package lists"
apt-get -c "$tmp/apt.conf" -qq update >"$tmp/log" 2>&1 || die "apt-get update failed:" "$(tail -5 "$tmp/log")"

# The release's own part `main`: not updates, not security, not what others add.
# shellcheck disable=SC2016
target() {
  apt-get -c "$tmp/apt.conf" indextargets --format '$(FILENAME)' "Created-By: $1" \
    'Origin: Debian' 'Label: Debian' 'Component: main' "Codename: $2" | head -1
}
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
packages=$(target Packages "$codename")
translations=$(target Translations "$codename")
[[ -f $packages && -f $translations ]] || die "apt's sources have no Debian archive with a main for $codename"

mkdir -p "${out%/*}"
python3 "$repo/scripts/catalogue.py" "$packages" "$translations" >"$out.new"
mv "$out.new" "$out"
