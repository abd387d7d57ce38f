# The worker's image. Its content is the bundle that `npm run bundle` writes and the local cloud runs.

# JavaScript is the same on every architecture: bundled on the builder's own, never emulated.
FROM --platform=$BUILDPLATFORM node:22-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json root.ts ./
COPY bundles bundles
COPY runtime runtime
RUN npx ts-node bundles/main.ts

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /worker
COPY --from=build /build/dist/worker ./
# The root file system is read-only; what is mounted here starts with this folder's owner and mode.
VOLUME /tmp
USER 1000:1000
CMD ["node", "main.js"]
