# The worker's image: the bundle that `npm run bundle` writes and the local cloud runs, and what processors need beside it.

# `--include=prod` overrides the `include=dev` of .npmrc, which is for checkouts.
# JavaScript is the same on every architecture: bundled on the builder's own, never emulated.
FROM --platform=$BUILDPLATFORM node:22-slim AS bundle
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --include=prod --ignore-scripts --workspaces=false --no-audit --no-fund
COPY tsconfig.json root.ts ./
COPY bundles bundles
COPY runtime runtime
COPY processors processors
RUN npx ts-node bundles/main.ts

FROM node:22-slim AS system
WORKDIR /worker
COPY bundles/install bundles/install
COPY processors/apt.txt processors/requirements.txt processors/
RUN sh bundles/install/debian.sh

# Installed on the image's own platform. Compilers stay in this stage.
FROM system AS packages
COPY package.json package-lock.json .npmrc ./
COPY processors/package.json processors/
COPY processors/wheels processors/wheels
RUN sh bundles/install/debian.sh compilers
RUN npm ci --workspace processors --omit=dev --include=prod --ignore-scripts --no-audit --no-fund
RUN npm run processors:install && rm -r processors/wheels

FROM system
# The root file system is read-only: what programs want to keep in a home folder goes to /tmp.
ENV NODE_ENV=production
ENV HOME=/tmp
COPY --from=bundle /build/dist/worker ./
COPY --from=packages /worker/node_modules node_modules
COPY --from=packages /worker/processors processors
# What is mounted here starts with this folder's owner and mode.
VOLUME /tmp
USER 1000:1000
CMD ["node", "main.js"]
