#!/bin/sh
# In the image's build, as root: installs the Debian packages that processors/apt.txt names, one a line, `#` starts a comment,
# and Python if processors/requirements.txt names a package. `debian.sh compilers` installs what a package needs to be built
# from its sources, if a package may be built at all.
set -eu

lines() {
  sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e 's/^[[:space:]]*//' -e '/^$/d' "$1"
}

python=$(lines processors/requirements.txt)
if [ "${1:-}" = compilers ]; then
  project=.
  [ ! -f processors/package-lock.json ] || project=processors
  scripts=$(node bundles/install/allowed-scripts.mjs "$project")
  [ -n "$python$scripts" ] || exit 0
  packages='g++ make pkg-config python3-dev'
else
  packages=$(lines processors/apt.txt)
  # A name, or apt-get's own name=version: https://www.debian.org/doc/debian-policy/ch-controlfields.html#source
  bad=$(printf '%s' "$packages" | grep -Evx '[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?' || true)
  if [ -n "$bad" ]; then
    printf 'processors/apt.txt: "%s" is not the name of a Debian package. Write one name a line.\n' "$bad" >&2
    exit 1
  fi
  [ -z "$python" ] || packages="$packages python3 python3-venv"
fi
[ -n "$packages" ] || exit 0

export DEBIAN_FRONTEND=noninteractive
# The lists of packages are out of date at the next build, so the image does not keep them.
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
chmod 755 "$lists"
apt-get --option "Dir::State::lists=$lists" update
# Without quotes: each word is a package.
# shellcheck disable=SC2086
apt-get --option "Dir::State::lists=$lists" install --yes --no-install-recommends $packages
