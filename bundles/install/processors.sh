#!/bin/sh
# Completes, here and in the image's build, what `npm ci` installs for processors: runs the install scripts that package.json
# allows, and installs processors/requirements.txt into a virtual environment.
set -eu

node bundles/install/allowed-scripts.mjs | while IFS= read -r package; do
  npm rebuild "$package" --ignore-scripts=false --foreground-scripts </dev/null
done

if grep -Eq '^[[:space:]]*[^#[:space:]]' processors/requirements.txt; then
  python3 -m venv processors/.venv
  # There, since pip takes the paths of wheels from where it runs.
  (cd processors && .venv/bin/pip install --disable-pip-version-check --requirement requirements.txt)
fi
