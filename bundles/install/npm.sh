#!/bin/sh
# In the image's build: installs the npm packages of processors. A folder of processors with a package-lock.json is a project of its
# own; without one, it is a workspace of the project that it is in. `--include=prod` overrides an `include=dev` of .npmrc.
set -eu

mkdir -p node_modules
if [ -f processors/package-lock.json ]; then cd processors; else set -- --workspace processors; fi
npm ci "$@" --omit=dev --include=prod --ignore-scripts --no-audit --no-fund
