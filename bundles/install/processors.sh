#!/bin/sh
# Completes, here and in the image's build, what npm installs for processors: runs the install scripts that package.json allows, and
# installs requirements.txt into a virtual environment. The argument is the folder of processors.
set -eu

folder=${1:-processors}
project=.
[ ! -f "$folder/package-lock.json" ] || project=$folder

node bundles/install/allowed-scripts.mjs "$project" | while IFS= read -r package; do
  (cd "$project" && npm rebuild "$package" --ignore-scripts=false --foreground-scripts </dev/null)
done

if [ -f "$folder/requirements.txt" ] && grep -Eq '^[[:space:]]*[^#[:space:]]' "$folder/requirements.txt"; then
  python3 -m venv "$folder/.venv"
  # In that folder, since the paths of wheels are relative to it.
  (cd "$folder" && .venv/bin/pip install --disable-pip-version-check --requirement requirements.txt)
fi
