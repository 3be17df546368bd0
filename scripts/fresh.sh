#!/usr/bin/env bash
# Proves that a clone works on a bare Debian 12: makes one under build/fresh, with nothing but what debootstrap's
# smallest variant has, make, git and ca-certificates; clones the last commit into it, and runs there
#   make demo (twice: the second must be quick), then .ci/run.
#   fresh.sh [COMMAND…]   other commands instead of these
# Root's. The archive's address, proxies and certificates are those of this machine. Log: build/fresh.log
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$repo"
am_root || die "making a bare system needs root"
for command in debootstrap git unshare; do
  command -v $command >/dev/null || die "there is no $command" "apt-get install debootstrap git util-linux"
done

# shellcheck disable=SC2016
archive() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | sed -n 1p
}
main=$(archive Debian)
security=$(archive Debian-Security)
[[ -n $main && -n $security ]] || die "apt's sources here have no Debian archive, or no security suite" \
  "If they have: apt-get update"

bare=$repo/build/fresh
if [ -n "$(git status --porcelain)" ]; then say "what isn't committed is not in this proof"; fi
rm -rf --one-file-system "$bare"
mkdir -p "$bare"

say "making a bare Debian 12 in $bare"
debootstrap --variant=minbase --include=make,git,ca-certificates bookworm "$bare" "$main" >"$bare.log" 2>&1 ||
  die "debootstrap failed:" "$(tail -5 "$bare.log")"
cat >"$bare/etc/apt/sources.list" <<END
deb $main bookworm main
deb $main bookworm-updates main
deb $security bookworm-security main
END
apt-config dump | grep -E '^Acquire::(Check-Date|Check-Valid-Until|Retries|https?::[^ ]+) "[^"]+"' \
  >"$bare/etc/apt/apt.conf.d/80host" || true
cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
# The certificates that this machine trusts beyond Debian's, a file each.
awk -v into="$bare/usr/local/share/ca-certificates/host" '
  /BEGIN CERTIFICATE/ { text = "" }
  { text = text $0 "\n" }
  /END CERTIFICATE/ {
    if (FNR == NR) known[text] = 1
    else if (!(text in known)) { count++; file = into count ".crt"; printf "%s", text > file; close(file) }
  }' "$bare/etc/ssl/certs/ca-certificates.crt" /etc/ssl/certs/ca-certificates.crt
chroot "$bare" update-ca-certificates >>"$bare.log" 2>&1
git clone -q --no-hardlinks "$repo" "$bare/root/quidditch"

if [ $# != 0 ]; then
  commands=$*
else
  commands='
    timed make demo
    timed make demo
    make stop
    timed bash .ci/run </dev/null'
fi
cat >"$bare/root/run" <<END
set -euo pipefail
timed() {
  local start=\$SECONDS
  "\$@"
  echo "fresh: \$*: \$((SECONDS - start)) s"
}
mount -t tmpfs tmpfs /dev/shm
cd /root/quidditch
$commands
# Nobody asked for a server of the machine's own.
[ -z "\$(ls /etc/postgresql/*/ 2>/dev/null)" ] || { echo "a cluster was made in /etc/postgresql" >&2; exit 1; }
[ -z "\$(ls /etc/postgresql-common/createcluster.d/ 2>/dev/null)" ] || { echo "a setting was left" >&2; exit 1; }
END

# Namespaces of their own: mounts and processes end with the command.
passed=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  if [ -n "${!name:-}" ]; then passed+=("$name=${!name}"); fi
done
unshare --mount --pid --fork --kill-child --mount-proc="$bare/proc" \
  chroot "$bare" env -i HOME=/root TERM="${TERM:-dumb}" CI=true "${passed[@]}" \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  bash /root/run 2>&1 | tee -a "$bare.log"
say "passed; the log is $bare.log"
